-- Order lines as they are now: the newest version of each key; what was deleted is gone.
{{ config(materialized='latest', unique_key=['order_id', 'order_item_id']) }}

with versions as (
    select
        order_item_id,
        order_id,
        product_id,
        quantity,
        unit_price,
        discount_amount,
        created_at,
        change = 'delete' as is_deleted,
        row_number() over (partition by order_id, order_item_id order by load_seq desc, loaded_at desc) as newest
    from {{ source('ods', 'ods_order_item') }}
    where {{ unbuilt('order_item') }}
)

select
    order_item_id,
    order_id,
    product_id,
    quantity,
    unit_price,
    discount_amount,
    created_at,
    is_deleted
from versions
where newest = 1
