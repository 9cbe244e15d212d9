-- The warehouse's days: from the first to the last with an event or an order's moment, never beyond today.
{{ config(materialized='table') }}

with moments as (
    select
        min(dt) as first_dt,
        max(case when dt <= {{ today() }} then dt end) as last_dt
    from {{ ref('dwd_event_index') }}
    where not is_bot
    union all
    select
        least(min(dt), min(paid_dt), min(cancelled_dt)) as first_dt,
        greatest(
            max(case when dt <= {{ today() }} then dt end),
            max(case when paid_dt <= {{ today() }} then paid_dt end),
            max(case when cancelled_dt <= {{ today() }} then cancelled_dt end)
        ) as last_dt
    from {{ ref('dwd_order') }}
    union all
    select
        min(refunded_dt) as first_dt,
        max(case when refunded_dt <= {{ today() }} then refunded_dt end) as last_dt
    from {{ ref('dwd_refund') }}
),

ends as (
    select
        min(first_dt) as first_dt,
        max(last_dt) as last_dt
    from moments
),

days as (
    {{ date_rows('(select first_dt from ends)', '(select last_dt from ends)') }}
)

select
    dt,
    {{ day_start(add_days('dt', 1)) }} as ends_at,
    {{ period_start('dt', 'week') }} as week_start,
    {{ period_start('dt', 'month') }} as month_start,
    {{ period_start('dt', 'quarter') }} as quarter_start,
    {{ period_start('dt', 'year') }} as year_start
from days
