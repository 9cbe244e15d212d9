-- Coupons used, as they are now: the newest version of each key; what was deleted is gone.
{{ config(materialized='latest', unique_key=['order_id', 'coupon_id']) }}

with versions as (
    select
        coupon_id,
        order_id,
        amount,
        change = 'delete' as is_deleted,
        row_number() over (partition by order_id, coupon_id order by load_seq desc, loaded_at desc) as newest
    from {{ source('ods', 'ods_coupon_use') }}
    where {{ unbuilt('coupon_use') }}
)

select
    coupon_id,
    order_id,
    amount,
    is_deleted
from versions
where newest = 1
