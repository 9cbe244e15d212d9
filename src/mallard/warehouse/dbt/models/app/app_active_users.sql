-- Active persons of each day, over 7 and 30 days, against the day and the week before.
with person_days as (
    select
        dt,
        person_id,
        lead(dt) over (partition by person_id order by dt) as next_dt
    from {{ ref('dws_person_day') }}
    where {{ in_days(behind=29) }} and is_active
),

-- a person counts in a window from an active day until the next one or until the window has moved on
{% for days in [7, 30] %}
changes_{{ days }} as (
    select
        dt,
        1 as change
    from person_days
    union all
    select
        least({{ add_days('dt', days) }}, coalesce(next_dt, date '9999-12-31')) as dt,
        -1 as change
    from person_days
),

changed_{{ days }} as (
    select
        dt,
        sum(change) as change
    from changes_{{ days }}
    group by dt
),

{% endfor %}
dau as (
    select
        dt,
        count(*) as dau
    from person_days
    group by dt
),

spine as (
    select
        days.dt,
        min(days.dt) over () as first_dt
    from {{ ref('dim_date') }} as days
),

days as (
    select
        spine.dt,
        spine.first_dt,
        coalesce(dau.dau, 0) as dau,
        sum(coalesce(changed_7.change, 0)) over (order by spine.dt) as wau,
        sum(coalesce(changed_30.change, 0)) over (order by spine.dt) as mau
    from spine
    left join dau on spine.dt = dau.dt
    left join changed_7 on spine.dt = changed_7.dt
    left join changed_30 on spine.dt = changed_30.dt
),

compared as (
    select
        days.dt,
        days.dau,
        days.wau,
        days.mau,
        yesterday.dau as dau_previous_day,
        last_week.dau as dau_same_day_last_week
    from days
    left join days as yesterday on {{ add_days('days.dt', -1) }} = yesterday.dt
    left join days as last_week on {{ add_days('days.dt', -7) }} = last_week.dt
    where {{ in_days('days.dt') }}
)

select
    dt,
    cast(dau as bigint) as dau,
    cast(dau_previous_day as bigint) as dau_previous_day,
    cast({{ ratio('dau - dau_previous_day', 'dau_previous_day') }} as decimal(18,6)) as day_over_day_rate,
    cast(dau_same_day_last_week as bigint) as dau_same_day_last_week,
    cast({{ ratio('dau - dau_same_day_last_week', 'dau_same_day_last_week') }} as decimal(18,6))
        as week_over_week_rate,
    cast(wau as bigint) as wau,
    cast(mau as bigint) as mau,
    cast({{ ratio('dau', 'mau') }} as decimal(18,6)) as stickiness
from compared
