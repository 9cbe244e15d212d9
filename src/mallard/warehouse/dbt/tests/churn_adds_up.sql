-- Who is away today was away yesterday or left, less who came back; the list names who left.
{{ config(tags=['identity']) }}

with days as (
    select
        dt,
        churned_users,
        inactive_users,
        reactivated_users,
        lag(inactive_users) over (order by dt) as inactive_before
    from {{ ref('app_churned_users') }}
),

listed as (
    select
        dt,
        count(*) as persons
    from {{ ref('app_churned_user_list') }}
    group by dt
)

select days.dt
from days
left join listed on days.dt = listed.dt
where
    days.inactive_users <> coalesce(days.inactive_before, 0) + days.churned_users - days.reactivated_users
    or days.churned_users <> coalesce(listed.persons, 0)
