{# A value beside rows of the total, which are named all: one that is itself called so is told apart. #}
{% macro beside_all(value) -%}
case when {{ value }} = 'all' then '(all)' else {{ value }} end
{%- endmacro %}
