-- Product pages seen, with the time stayed where the client tells it when they are left. Bots are left out.
{{ config(materialized='view') }}

with views as (
    select
        dt,
        event_id,
        event_time,
        person_id,
        session_id,
        stream,
        platform,
        product_id,
        list_id,
        category,
        brand,
        position,
        price,
        currency,
        view_id,
        loading_time_ms,
        stay_time_ms
    from {{ ref('dwd_event') }}
    where not is_bot and event_name = 'Product Viewed'
),

ends as (
    select
        stream,
        view_id,
        max_by(stay_time_ms, (dt, day_position)) as stay_time_ms
    from {{ ref('dwd_event') }}
    where
        not is_bot and event_name = 'Product View Ended'
        and view_id is not null and stay_time_ms is not null
    group by stream, view_id
)

select
    views.dt,
    views.event_id,
    views.event_time,
    views.person_id,
    views.session_id,
    views.platform,
    views.product_id,
    views.list_id,
    views.category,
    views.brand,
    views.position,
    views.price,
    views.currency,
    views.view_id,
    views.loading_time_ms,
    coalesce(views.stay_time_ms, ends.stay_time_ms) as stay_time_ms
from views
left join ends on views.stream = ends.stream and views.view_id = ends.view_id
