-- Orders as they are now: the newest version of each key; what was deleted is gone.
{{ config(materialized='latest', unique_key=['order_id']) }}

with versions as (
    select
        order_id,
        customer_id,
        created_at,
        status,
        total_amount,
        discount_amount,
        shipping_amount,
        tax_amount,
        currency,
        order_type,
        channel,
        province,
        paid_at,
        cancelled_at,
        updated_at,
        change = 'delete' as is_deleted,
        row_number() over (partition by order_id order by load_seq desc, loaded_at desc) as newest
    from {{ source('ods', 'ods_orders') }}
    where {{ unbuilt('orders') }}
)

select
    order_id,
    customer_id,
    created_at,
    status,
    total_amount,
    discount_amount,
    shipping_amount,
    tax_amount,
    currency,
    order_type,
    channel,
    province,
    paid_at,
    cancelled_at,
    updated_at,
    {{ business_date('created_at') }} as created_dt,
    {{ business_date('paid_at') }} as paid_dt,
    {{ business_date('cancelled_at') }} as cancelled_dt,
    is_deleted
from versions
where newest = 1
