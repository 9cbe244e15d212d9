-- Checkouts: started, payment entered, order completed. Bots are left out.
{{ config(materialized='view') }}

select
    dt,
    event_id,
    event_time,
    person_id,
    session_id,
    platform,
    event_name,
    order_id,
    cart_id,
    value,
    currency
from {{ ref('dwd_event') }}
where not is_bot and event_name in ('Checkout Started', 'Payment Info Entered', 'Order Completed')
