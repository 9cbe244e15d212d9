-- Known, active, new and returning persons of each day.
with first_days as (
    select
        first_active_dt as dt,
        count(*) as new_users
    from {{ ref('dws_person') }}
    group by first_active_dt
),

active as (
    select
        dt,
        count(*) as daily_users
    from {{ ref('dws_person_day') }}
    where {{ in_days() }} and is_active
    group by dt
),

known as (
    select
        days.dt,
        coalesce(first_days.new_users, 0) as new_users,
        sum(coalesce(first_days.new_users, 0)) over (order by days.dt) as total_users
    from {{ ref('dim_date') }} as days
    left join first_days on days.dt = first_days.dt
)

select
    known.dt,
    cast(known.total_users as bigint) as total_users,
    cast(coalesce(active.daily_users, 0) as bigint) as daily_users,
    cast(known.new_users as bigint) as new_users,
    cast(coalesce(active.daily_users, 0) - known.new_users as bigint) as returning_users
from known
left join active on known.dt = active.dt
where {{ in_days('known.dt') }}
