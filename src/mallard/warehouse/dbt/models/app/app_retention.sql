-- Retention by the day, week or month of the first activity; only periods that are over.
{{ config(materialized='table') }}

with last_day as (
    select least(max(dt), {{ add_days(today(), -1) }}) as last_dt
    from {{ ref('dim_date') }}
),

persons as (
    select first_active_dt from {{ ref('dws_person') }}
),

cohorts as (
    {% for period in ['day', 'week', 'month'] %}
    select
        '{{ period }}' as period,
        cohort_dt,
        count(*) as cohort_size
    from (
        select {{ 'first_active_dt' if period == 'day' else period_start('first_active_dt', period) }} as cohort_dt
        from persons
    ) as {{ period }}_cohorts
    group by cohort_dt
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

numbers as (
    {% for number in range(13) %}
    select {{ number }} as number
    union all
    {% endfor %}
    select 14 as number
    union all
    select 30 as number
),

periods as (
    {% for period, step in [('day', 1), ('week', 7), ('month', 31)] %}
    select
        cohorts.period,
        cohorts.cohort_dt,
        cohorts.cohort_size,
        numbers.number as period_number,
        {% if period == 'month' %}
        {{ add_days(add_months('cohorts.cohort_dt', 'numbers.number + 1'), -1) }} as ends_dt
        {% else %}
        {{ add_days('cohorts.cohort_dt', '(numbers.number + 1) * ' ~ step ~ ' - 1') }} as ends_dt
        {% endif %}
    from cohorts
    cross join numbers
    where
        cohorts.period = '{{ period }}'
        {% if period == 'day' %}
        and (numbers.number <= 7 or numbers.number in (14, 30))
        {% else %}
        and numbers.number <= 12
        {% endif %}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    periods.period,
    periods.cohort_dt,
    cast(periods.period_number as bigint) as period_number,
    cast(periods.cohort_size as bigint) as cohort_size,
    cast(coalesce(active.retained, 0) as bigint) as retained,
    cast({{ ratio('coalesce(active.retained, 0)', 'periods.cohort_size') }} as decimal(18,6)) as rate
from periods
cross join last_day
left join {{ ref('dws_retention_day') }} as active
    on
        periods.period = active.period
        and periods.cohort_dt = active.cohort_dt
        and periods.period_number = active.period_number
where periods.ends_dt <= last_day.last_dt
