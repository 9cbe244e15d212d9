{# The RFM segment of a customer with so many days since the last order and so many orders; NULL without one.
   Customers pass through segments at fixed ages of the last order, which app_customer_segments relies on. #}
{% macro rfm_segment(recency, orders) -%}
    case
        when {{ orders }} = 0 then null
        when {{ recency }} > 120 then 'lost'
        when {{ recency }} > 60 then case when {{ orders }} >= 2 then 'at_risk' else 'hibernating' end
        when {{ orders }} = 1 then case when {{ recency }} > 30 then 'promising' else 'new' end
        when {{ orders }} >= 4 and {{ recency }} <= 30 then 'champions'
        else 'loyal'
    end
{%- endmacro %}

{% macro rfm_segments() %}{{ return(['champions', 'loyal', 'new', 'promising', 'at_risk', 'hibernating', 'lost']) }}{% endmacro %}
{% macro rfm_recency_bounds() %}{{ return([30, 60, 120]) }}{% endmacro %}
