-- New persons to date in a period, against the period before and the year before.
with first_days as (
    select
        first_active_dt as dt,
        count(*) as new_users
    from {{ ref('dws_person') }}
    group by first_active_dt
),

running as (
    select
        days.dt,
        sum(coalesce(first_days.new_users, 0)) over (order by days.dt) as known_users
    from {{ ref('dim_date') }} as days
    left join first_days on days.dt = first_days.dt
),

first_day as (
    select min(dt) as first_dt from {{ ref('dim_date') }}
),

stretches as (
    {{ period_stretches(['day', 'week', 'month', 'quarter', 'year']) }}
),

counted as (
    select
        stretches.dt,
        stretches.period,
        {{ sum_over('known_users') }} as new_users,
        {{ sum_over('known_users', 'previous') }} as previous_period,
        {{ sum_over('known_users', 'last_year') }} as last_year
    from stretches
    {{ join_running('running') }}
)

select
    dt,
    period,
    cast(new_users as bigint) as new_users,
    cast(previous_period as bigint) as previous_period,
    cast({{ ratio('new_users - previous_period', 'previous_period') }} as decimal(18,6)) as change_rate,
    cast(last_year as bigint) as last_year,
    cast({{ ratio('new_users - last_year', 'last_year') }} as decimal(18,6)) as yoy_rate
from counted
