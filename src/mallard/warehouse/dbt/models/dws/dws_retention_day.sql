-- How many persons of each cohort were active in a later day, week or month; dt is that period's first day.
with person_days as (
    select
        seen.dt,
        seen.person_id,
        person.first_active_dt
    from {{ ref('dws_person_day') }} as seen
    inner join {{ ref('dws_person') }} as person on seen.person_id = person.person_id
    where {{ in_days('seen.dt') }} and seen.is_active
),

active as (
    select
        'day' as period,
        dt,
        first_active_dt as cohort_dt,
        {{ days_between('first_active_dt', 'dt') }} as period_number,
        person_id
    from person_days
    union all
    select distinct
        'week' as period,
        {{ period_start('dt', 'week') }} as dt,
        {{ period_start('first_active_dt', 'week') }} as cohort_dt,
        cast(
            {{ days_between(period_start('first_active_dt', 'week'), period_start('dt', 'week')) }} / 7 as bigint
        ) as period_number,
        person_id
    from person_days
    union all
    select distinct
        'month' as period,
        {{ period_start('dt', 'month') }} as dt,
        {{ period_start('first_active_dt', 'month') }} as cohort_dt,
        (extract(year from dt) - extract(year from first_active_dt)) * 12
        + extract(month from dt) - extract(month from first_active_dt) as period_number,
        person_id
    from person_days
)

select
    dt,
    period,
    cohort_dt,
    cast(period_number as bigint) as period_number,
    count(*) as retained
from active
where
    {{ in_days() }}
    and (
        (period = 'day' and period_number in (0, 1, 2, 3, 4, 5, 6, 7, 14, 30))
        or (period <> 'day' and period_number between 0 and 12)
    )
group by dt, period, cohort_dt, period_number
