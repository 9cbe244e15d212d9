-- Product lists seen. Bots are left out.
{{ config(materialized='view') }}

select
    dt,
    event_id,
    event_time,
    person_id,
    session_id,
    platform,
    list_id,
    category,
    loading_time_ms,
    properties
from {{ ref('dwd_event') }}
where not is_bot and event_name = 'Product List Viewed'
