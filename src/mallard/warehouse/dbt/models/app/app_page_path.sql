-- The first steps that sessions take through the shop.
with page_calls as (
    select
        session_dt as dt,
        session_id,
        event_time,
        event_id,
        coalesce(case when event_type = 'page' then page_path else page_title end, '(unknown)') as page
    from {{ ref('dwd_event') }}
    where
        {{ in_days('session_dt') }} and {{ from_first_day() }}
        and is_active and event_type in ('page', 'screen')
),

followed as (
    select
        dt,
        session_id,
        event_time,
        event_id,
        page,
        lag(page) over (partition by session_id order by event_time, event_id) as page_before
    from page_calls
),

pages as (
    select
        dt,
        session_id,
        page,
        coalesce(
            lag(page) over (partition by session_id order by event_time, event_id), '(entrance)'
        ) as page_before,
        lead(page) over (partition by session_id order by event_time, event_id) as page_after,
        row_number() over (partition by session_id order by event_time, event_id) as step
    from followed
    where page_before is null or page <> page_before
),

steps as (
    select dt, step, page_before as from_page, page as to_page from pages
    union all
    select dt, step + 1 as step, page as from_page, '(exit)' as to_page from pages where page_after is null
)

select
    steps.dt,
    cast(steps.step as bigint) as step,
    steps.from_page,
    steps.to_page,
    count(*) as sessions
from steps
inner join {{ ref('dim_date') }} as days on steps.dt = days.dt
where steps.step <= 6
group by steps.dt, steps.step, steps.from_page, steps.to_page
