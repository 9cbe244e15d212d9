-- The warehouse's days: from the first to the last with an event or an order's moment, never beyond today
-- nor before 2000, which is where mistakes of the shop's lie.
{{ config(materialized='table') }}

with moments as (
    select min(dt) as first_dt, max(dt) as last_dt
    from {{ ref('dwd_event_index') }}
    where not is_bot and {{ in_stretch('dt') }}
    {% for column in ['dt', 'paid_dt', 'cancelled_dt'] %}
    union all
    select min({{ column }}) as first_dt, max({{ column }}) as last_dt
    from {{ ref('dwd_order') }}
    where {{ in_stretch(column) }}
    {% endfor %}
    union all
    select min(refunded_dt) as first_dt, max(refunded_dt) as last_dt
    from {{ ref('dwd_refund') }}
    where {{ in_stretch('refunded_dt') }}
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
