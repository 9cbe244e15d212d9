-- Refunds as they are now: the newest version of each key; what was deleted is gone.
{{ config(materialized='latest', unique_key=['refund_id']) }}

with versions as (
    select
        refund_id,
        order_id,
        order_item_id,
        quantity,
        amount,
        reason,
        refunded_at,
        change = 'delete' as is_deleted,
        row_number() over (partition by refund_id order by load_seq desc, loaded_at desc) as newest
    from {{ source('ods', 'ods_refund') }}
    where {{ unbuilt('refund') }}
)

select
    refund_id,
    order_id,
    order_item_id,
    quantity,
    amount,
    reason,
    refunded_at,
    {{ business_date('refunded_at') }} as refunded_dt,
    is_deleted
from versions
where newest = 1
