{# Spark's spelling of what engine.sql names. The session runs in UTC and in ANSI mode. #}

{% macro spark__business_date(ts) %}to_date(from_utc_timestamp({{ ts }}, '{{ var("timezone") }}')){% endmacro %}

{% macro spark__day_start(day) %}to_utc_timestamp(cast({{ day }} as timestamp), '{{ var("timezone") }}'){% endmacro %}

{% macro spark__add_days(day, n) %}date_add({{ day }}, cast({{ n }} as int)){% endmacro %}

{% macro spark__days_between(first, last) %}cast(datediff({{ last }}, {{ first }}) as bigint){% endmacro %}

{% macro spark__add_years(day, n) %}add_months({{ day }}, cast(12 * ({{ n }}) as int)){% endmacro %}

{% macro spark__add_months(day, n) %}add_months({{ day }}, cast({{ n }} as int)){% endmacro %}

{% macro spark__period_start(day, period) %}cast(date_trunc('{{ period }}', {{ day }}) as date){% endmacro %}

{% macro spark__add_minutes(ts, n) %}timestampadd(minute, {{ n }}, {{ ts }}){% endmacro %}

{% macro spark__micros_between(first, last) %}(unix_micros({{ last }}) - unix_micros({{ first }})){% endmacro %}

{# DuckDB divides hugeints; here decimals of 38 digits, whose integral quotient is a bigint. #}
{% macro spark__ratio(n, d, scale) -%}
  {%- set numerator = 'cast(cast(' ~ n ~ ' as decimal(28,4)) * cast(10000 as decimal(5,0)) as decimal(32,0))' -%}
  {%- set denominator = 'cast(cast(' ~ d ~ ' as decimal(28,4)) * cast(10000 as decimal(5,0)) as decimal(32,0))' -%}
  {%- set quotient -%}
    ((abs({{ numerator }}) * cast({{ 2 * 10 ** scale }} as decimal({{ scale + 1 }},0)) + abs({{ denominator }}))
      div (2 * abs({{ denominator }})))
  {%- endset -%}
  cast(
    case
      when ({{ d }}) <> 0 then
        case when ({{ n }}) < 0 and ({{ d }}) > 0 or ({{ n }}) > 0 and ({{ d }}) < 0 then -{{ quotient }} else {{ quotient }} end
    end as decimal(24,0)
  ) * cast(0.{{ '0' * (scale - 1) }}1 as decimal({{ scale + 1 }},{{ scale }}))
{%- endmacro %}

{# percentile_disc would go through a double; the middle two of a sorted array are exact. #}
{% macro spark__twice_median(x) -%}
  (
    element_at(sort_array(collect_list({{ x }})), nullif(cast((count({{ x }}) + 1) div 2 as int), 0))
    + element_at(sort_array(collect_list({{ x }})), nullif(cast(count({{ x }}) div 2 + 1 as int), if(count({{ x }}) = 0, 1, 0)))
  )
{%- endmacro %}

{% macro spark__materialized() %}{% endmacro %}

{% macro spark__last_known(x) %}last_value({{ x }}) ignore nulls{% endmacro %}

{% macro spark__date_rows(first, last) -%}
  select explode(
    case when ends.first_dt <= ends.last_dt then sequence(ends.first_dt, ends.last_dt, interval 1 day) end
  ) as dt
  from (select {{ first }} as first_dt, {{ last }} as last_dt) as ends
{%- endmacro %}

{% macro spark__host_of(url) -%}
  nullif(lower(regexp_extract({{ url }}, '^[a-zA-Z][a-zA-Z0-9+.-]*://(?:[^/@?#]*@)?(?:[wW]{3}[.])?([^/:?#]+)', 1)), '')
{%- endmacro %}
