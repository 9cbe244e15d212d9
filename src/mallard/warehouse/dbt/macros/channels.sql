{# The channel of a session's deciding touch. medium is in lower case. #}
{% macro channel(has_touch, source, medium, referrer_host) -%}
    case
        when not {{ has_touch }} then 'direct'
        when {{ source }} is not null then
            case
                when {{ medium }} in ('cpc', 'ppc', 'paid', 'paidsearch', 'paid_search') then 'paid_search'
                when {{ medium }} in ('social', 'paid_social', 'sm') then 'social'
                when {{ medium }} = 'email' then 'email'
                when {{ medium }} in ('display', 'banner', 'cpm') then 'display'
                when {{ medium }} = 'affiliate' then 'affiliate'
                when {{ medium }} = 'referral' then 'referral'
                when {{ medium }} = 'organic' then 'organic_search'
                else 'other'
            end
        {# a label of the host, so that google.co.uk and m.facebook.com are known #}
        when {{ mallard.has_label(referrer_host, [
            'google', 'bing', 'baidu', 'yahoo', 'duckduckgo', 'sogou', 'yandex'
        ]) }} then 'organic_search'
        when {{ referrer_host }} in ('t.co', 'x.com') or {{ mallard.has_label(referrer_host, [
            'facebook', 'instagram', 'twitter', 'weibo', 'tiktok', 'youtube', 'pinterest', 'linkedin'
        ]) }} then 'social'
        else 'referral'
    end
{%- endmacro %}

{% macro has_label(host, labels) -%}
    (
        {%- for label in labels %}
        concat('.', {{ host }}, '.') like '%.{{ label }}.%'{{ ' or' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{# The value behind a mark: + and the value, or - for NULL. #}
{% macro unmarked(column) %}case when {{ column }} like '+%' then substring({{ column }}, 2) end{% endmacro %}
