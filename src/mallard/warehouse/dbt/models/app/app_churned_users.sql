-- Persons who left and who came back.
with person_days as (
    select
        person_id,
        dt,
        lag(dt) over (partition by person_id order by dt) as previous_dt,
        lead(dt) over (partition by person_id order by dt) as next_dt
    from {{ ref('dws_person_day') }}
    where {{ in_days(behind=7) }} and is_active
),

left_on as (
    select
        {{ add_days('dt', 7) }} as dt,
        count(*) as churned_users
    from person_days
    where next_dt is null or next_dt > {{ add_days('dt', 7) }}
    group by {{ add_days('dt', 7) }}
),

back_on as (
    select
        person_days.dt,
        count(*) as reactivated_users
    from person_days
    inner join {{ ref('dws_person') }} as person on person_days.person_id = person.person_id
    where
        person.first_active_dt < person_days.dt
        and (person_days.previous_dt is null or person_days.previous_dt <= {{ add_days('person_days.dt', -8) }})
    group by person_days.dt
),

changes as (
    select
        dt,
        1 as change
    from person_days
    union all
    select
        least({{ add_days('dt', 7) }}, coalesce(next_dt, date '9999-12-31')) as dt,
        -1 as change
    from person_days
),

changed as (
    select
        dt,
        sum(change) as change
    from changes
    group by dt
),

first_days as (
    select
        first_active_dt as dt,
        count(*) as new_users
    from {{ ref('dws_person') }}
    group by first_active_dt
),

days as (
    select
        spine.dt,
        sum(coalesce(first_days.new_users, 0)) over (order by spine.dt) as total_users,
        sum(coalesce(changed.change, 0)) over (order by spine.dt) as active_in_week
    from {{ ref('dim_date') }} as spine
    left join first_days on spine.dt = first_days.dt
    left join changed on spine.dt = changed.dt
)

select
    days.dt,
    cast(coalesce(left_on.churned_users, 0) as bigint) as churned_users,
    cast(days.total_users - days.active_in_week as bigint) as inactive_users,
    cast(coalesce(back_on.reactivated_users, 0) as bigint) as reactivated_users
from days
left join left_on on days.dt = left_on.dt
left join back_on on days.dt = back_on.dt
where {{ in_days('days.dt') }}
