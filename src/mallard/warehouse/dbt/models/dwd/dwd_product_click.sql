-- Products clicked in a list. Bots are left out.
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
    currency
from {{ ref('dwd_event') }}
where not is_bot and event_name = 'Product Clicked'
