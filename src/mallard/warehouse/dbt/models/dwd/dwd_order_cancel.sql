-- Orders cancelled, on the day of cancelling.
{{ config(materialized='view') }}

select
    cancelled_dt as dt,
    order_id,
    customer_id,
    total_amount,
    created_at,
    cancelled_at
from {{ ref('dwd_order') }}
where cancelled_at is not null
