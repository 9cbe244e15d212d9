-- Shipments as they are now: the newest version of each key; what was deleted is gone.
{{ config(materialized='latest', unique_key=['order_id']) }}

with versions as (
    select
        order_id,
        address_id,
        customer_id,
        shipping_amount,
        created_at,
        shipped_at,
        delivered_at,
        change = 'delete' as is_deleted,
        row_number() over (partition by order_id order by load_seq desc, loaded_at desc) as newest
    from {{ source('ods', 'ods_shipment') }}
    where {{ unbuilt('shipment') }}
)

select
    order_id,
    address_id,
    customer_id,
    shipping_amount,
    created_at,
    shipped_at,
    delivered_at,
    is_deleted
from versions
where newest = 1
