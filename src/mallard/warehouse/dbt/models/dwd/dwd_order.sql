-- One row for each order with every moment of its life so far.
with orders as (
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
        created_dt
    from {{ ref('dwd_order_state') }}
    where {{ in_days('created_dt') }}
),

payments as (
    select
        order_id,
        min(paid_at) as first_paid_at,
        sum(amount) as paid_amount
    from {{ ref('dwd_payment') }}
    group by order_id
),

refunds as (
    select
        order_id,
        min(refunded_at) as first_refunded_at,
        sum(amount) as refunded_amount
    from {{ ref('dwd_refund') }}
    group by order_id
),

shipments as (
    select
        order_id,
        shipped_at,
        delivered_at
    from {{ ref('dwd_shipment') }}
)

select
    orders.created_dt as dt,
    orders.order_id,
    orders.customer_id,
    orders.status,
    orders.total_amount,
    orders.discount_amount,
    orders.shipping_amount,
    orders.tax_amount,
    orders.currency,
    orders.order_type,
    orders.channel,
    orders.province,
    orders.created_at,
    coalesce(orders.paid_at, payments.first_paid_at) as paid_at,
    {{ business_date('coalesce(orders.paid_at, payments.first_paid_at)') }} as paid_dt,
    shipments.shipped_at,
    shipments.delivered_at,
    orders.cancelled_at,
    {{ business_date('orders.cancelled_at') }} as cancelled_dt,
    refunds.first_refunded_at,
    cast(payments.paid_amount as decimal(18,4)) as paid_amount,
    cast(refunds.refunded_amount as decimal(18,4)) as refunded_amount,
    orders.updated_at
from orders
left join payments on orders.order_id = payments.order_id
left join refunds on orders.order_id = refunds.order_id
left join shipments on orders.order_id = shipments.order_id
