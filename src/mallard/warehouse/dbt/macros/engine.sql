{# The whole difference between the engines, beside the materializations. Each macro has a DuckDB and a Spark
   variant; the models are one text for both. #}

{% macro business_date(ts) %}{{ adapter.dispatch('business_date', 'mallard')(ts) }}{% endmacro %}
{% macro default__business_date(ts) %}cast(({{ ts }}) at time zone '{{ var("timezone") }}' as date){% endmacro %}

{# The first instant of a business day. Where clocks go back at midnight, that hour comes twice: DuckDB names the
   second one, so the hour before is taken where it shows midnight too. #}
{% macro day_start(day) %}{{ adapter.dispatch('day_start', 'mallard')(day) }}{% endmacro %}
{% macro default__day_start(day) %}
{%- set zone = "'" ~ var("timezone") ~ "'" -%}
{%- set midnight = "cast(" ~ day ~ " as timestamp)" -%}
{%- set named = "(" ~ midnight ~ " at time zone " ~ zone ~ ")" -%}
(case when ({{ named }} - interval 1 hour) at time zone {{ zone }} = {{ midnight }}
    then {{ named }} - interval 1 hour else {{ named }} end)
{%- endmacro %}

{% macro add_days(day, n) %}{{ adapter.dispatch('add_days', 'mallard')(day, n) }}{% endmacro %}
{% macro default__add_days(day, n) %}({{ day }} + cast({{ n }} as integer)){% endmacro %}

{# Days from one date to another, as an integer. #}
{% macro days_between(first, last) %}{{ adapter.dispatch('days_between', 'mallard')(first, last) }}{% endmacro %}
{% macro default__days_between(first, last) %}(({{ last }}) - ({{ first }})){% endmacro %}

{# The same date n years later; 29 February becomes the 28th. #}
{% macro add_years(day, n) %}{{ adapter.dispatch('add_years', 'mallard')(day, n) }}{% endmacro %}
{% macro default__add_years(day, n) %}cast({{ day }} + to_years({{ n }}) as date){% endmacro %}

{# First day of the week (Monday), month, quarter or year that holds a date. #}
{% macro period_start(day, period) %}{{ adapter.dispatch('period_start', 'mallard')(day, period) }}{% endmacro %}
{% macro default__period_start(day, period) %}cast(date_trunc('{{ period }}', {{ day }}) as date){% endmacro %}

{% macro add_minutes(ts, n) %}{{ adapter.dispatch('add_minutes', 'mallard')(ts, n) }}{% endmacro %}
{% macro default__add_minutes(ts, n) %}({{ ts }} + to_minutes({{ n }})){% endmacro %}

{# Microseconds from one instant to another, as a bigint. #}
{% macro micros_between(first, last) %}{{ adapter.dispatch('micros_between', 'mallard')(first, last) }}{% endmacro %}
{% macro default__micros_between(first, last) %}(epoch_us({{ last }}) - epoch_us({{ first }})){% endmacro %}

{# n / d, exact, rounded half away from zero; NULL where d is 0 or NULL. n and d have at most four decimals. #}
{% macro ratio(n, d, scale=6) %}{{ adapter.dispatch('ratio', 'mallard')(n, d, scale) }}{% endmacro %}
{% macro default__ratio(n, d, scale) -%}
  {%- set numerator = 'cast(cast(' ~ n ~ ' as decimal(28,4)) * cast(10000 as decimal(5,0)) as hugeint)' -%}
  {%- set denominator = 'cast(cast(' ~ d ~ ' as decimal(28,4)) * cast(10000 as decimal(5,0)) as hugeint)' -%}
  cast(
    case when ({{ d }}) <> 0 then
      sign({{ numerator }}) * sign({{ denominator }})
      * ((abs({{ numerator }}) * {{ 2 * 10 ** scale }} + abs({{ denominator }})) // (2 * abs({{ denominator }})))
    end as decimal(24,0)
  ) * cast(0.{{ '0' * (scale - 1) }}1 as decimal({{ scale + 1 }},{{ scale }}))
{%- endmacro %}

{# Twice the median of bigints (the sum of the middle two), so that it is a bigint and exact. #}
{% macro twice_median(x) %}{{ adapter.dispatch('twice_median', 'mallard')(x) }}{% endmacro %}
{% macro default__twice_median(x) %}(quantile_disc({{ x }}, 0.5) + -quantile_disc(-({{ x }}), 0.5)){% endmacro %}

{# The last value so far that is not NULL; an over clause follows. #}
{% macro last_known(x) %}{{ adapter.dispatch('last_known', 'mallard')(x) }}{% endmacro %}
{% macro default__last_known(x) %}last_value({{ x }} ignore nulls){% endmacro %}

{# Every date from first to last, as a relation with one column dt. #}
{% macro date_rows(first, last) %}{{ adapter.dispatch('date_rows', 'mallard')(first, last) }}{% endmacro %}
{% macro default__date_rows(first, last) -%}
  select cast(unnest(generate_series({{ first }}, {{ last }}, interval 1 day)) as date) as dt
{%- endmacro %}

{# The host of a URL in lower case, without www. and port; NULL where there is none. #}
{% macro host_of(url) %}{{ adapter.dispatch('host_of', 'mallard')(url) }}{% endmacro %}
{% macro default__host_of(url) -%}
  nullif(lower(regexp_extract({{ url }}, '^[a-zA-Z][a-zA-Z0-9+.-]*://(?:[^/@?#]*@)?(?:[wW]{3}[.])?([^/:?#]+)', 1)), '')
{%- endmacro %}

{# The same day of the month n months later (a date that is the first of a month stays one). #}
{% macro add_months(day, n) %}{{ adapter.dispatch('add_months', 'mallard')(day, n) }}{% endmacro %}
{% macro default__add_months(day, n) %}cast({{ day }} + to_months(cast({{ n }} as integer)) as date){% endmacro %}

{# Goes before a common table expression that is to be worked out first, whatever the planner thinks of it. #}
{% macro materialized() %}{{ adapter.dispatch('materialized', 'mallard')() }}{% endmacro %}
{% macro default__materialized() %}materialized{% endmacro %}
