-- Whom to send a push to: one row for each person and lapse.
with person_days as (
    select
        person_id,
        user_id,
        platform,
        dt as last_active_dt,
        {{ add_days('dt', 7) }} as dt,
        lead(dt) over (partition by person_id order by dt) as next_dt
    from {{ ref('dws_person_day') }}
    where {{ in_days(behind=7) }} and is_active
),

lapsed as (
    select
        person_days.dt,
        person_days.person_id,
        person_days.user_id,
        person_days.platform,
        person_days.last_active_dt
    from person_days
    inner join {{ ref('dim_date') }} as days on person_days.dt = days.dt
    where {{ in_days('days.dt') }} and (person_days.next_dt is null or person_days.next_dt > person_days.dt)
),

devices as (
    select
        lapsed.dt,
        lapsed.person_id,
        max_by(seen.device_id, seen.dt) as device_id
    from lapsed
    inner join {{ ref('dws_person_day') }} as seen
        on lapsed.person_id = seen.person_id and seen.dt <= lapsed.last_active_dt
    where seen.device_id is not null
    group by lapsed.dt, lapsed.person_id
)

select
    lapsed.dt,
    lapsed.person_id,
    lapsed.user_id,
    devices.device_id,
    lapsed.platform,
    lapsed.last_active_dt,
    cast(7 as bigint) as days_inactive
from lapsed
left join devices on lapsed.dt = devices.dt and lapsed.person_id = devices.person_id
