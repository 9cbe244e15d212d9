-- Products put into a cart and taken out of it. Bots are left out.
{{ config(materialized='view') }}

select
    dt,
    event_id,
    event_time,
    person_id,
    session_id,
    platform,
    event_name,
    product_id,
    quantity,
    price,
    currency,
    cart_id
from {{ ref('dwd_event') }}
where not is_bot and event_name in ('Product Added', 'Product Removed')
