-- Payments as they are now: the newest version of each key; what was deleted is gone.
{{ config(materialized='latest', unique_key=['payment_id']) }}

with versions as (
    select
        payment_id,
        order_id,
        transaction_no,
        amount,
        method,
        paid_at,
        change = 'delete' as is_deleted,
        row_number() over (partition by payment_id order by load_seq desc, loaded_at desc) as newest
    from {{ source('ods', 'ods_payment') }}
    where {{ unbuilt('payment') }}
)

select
    payment_id,
    order_id,
    transaction_no,
    amount,
    method,
    paid_at,
    {{ business_date('paid_at') }} as paid_dt,
    is_deleted
from versions
where newest = 1
