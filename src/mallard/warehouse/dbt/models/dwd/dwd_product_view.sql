-- Product pages seen. Bots are left out.
{{ config(materialized='view') }}

select
    dt,
    event_id,
    event_time,
    person_id,
    session_id,
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
