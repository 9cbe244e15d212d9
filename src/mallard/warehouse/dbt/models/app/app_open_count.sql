-- App opens and how many for each person.
with opens as (
    select
        dt,
        sum(opens) as opens,
        count(*) as users
    from {{ ref('dws_person_day') }}
    where {{ in_days() }} and opens > 0
    group by dt
)

select
    days.dt,
    cast(coalesce(opens.opens, 0) as bigint) as opens,
    cast(coalesce(opens.users, 0) as bigint) as users,
    cast({{ ratio('opens.opens', 'opens.users') }} as decimal(18,6)) as opens_per_user
from {{ ref('dim_date') }} as days
left join opens on days.dt = opens.dt
where {{ in_days('days.dt') }}
