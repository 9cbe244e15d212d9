-- New and returning persons are the day's persons; the known ones grow by the new ones.
{{ config(tags=['identity']) }}

with days as (
    select
        dt,
        total_users,
        daily_users,
        new_users,
        returning_users,
        lag(total_users) over (order by dt) as known_before
    from {{ ref('app_daily_users') }}
)

select dt
from days
where
    new_users + returning_users <> daily_users
    or returning_users < 0
    or total_users <> coalesce(known_before, 0) + new_users
