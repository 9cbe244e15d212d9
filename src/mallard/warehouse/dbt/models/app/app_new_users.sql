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
        at_end.known_users - coalesce(before_start.known_users, 0) as new_users,
        case
            when stretches.previous_start >= first_day.first_dt
                then previous_end.known_users - coalesce(before_previous.known_users, 0)
        end as previous_period,
        case
            when stretches.last_year_start >= first_day.first_dt
                then last_year_end.known_users - coalesce(before_last_year.known_users, 0)
        end as last_year
    from stretches
    cross join first_day
    left join running as at_end on stretches.dt = at_end.dt
    left join running as before_start on {{ add_days('stretches.start_dt', -1) }} = before_start.dt
    left join running as previous_end on stretches.previous_end = previous_end.dt
    left join running as before_previous on {{ add_days('stretches.previous_start', -1) }} = before_previous.dt
    left join running as last_year_end on stretches.last_year_end = last_year_end.dt
    left join running as before_last_year on {{ add_days('stretches.last_year_start', -1) }} = before_last_year.dt
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
