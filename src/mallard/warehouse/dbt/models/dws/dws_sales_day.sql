-- The shop's day in money: every fact on its own day.
with created as (
    select
        dt,
        count(*) as orders,
        sum(total_amount) as gmv,
        count(distinct customer_id) as buyers
    from {{ ref('dwd_order') }}
    where {{ in_days() }}
    group by dt
),

first_orders as (
    select
        first_dt as dt,
        count(*) as new_buyers
    from (
        select
            customer_id,
            min(dt) as first_dt
        from {{ ref('dwd_order') }}
        where customer_id is not null
        group by customer_id
    ) as customers
    where {{ in_days('first_dt') }}
    group by first_dt
),

paid as (
    select
        paid_dt as dt,
        count(*) as paid_orders,
        sum(total_amount) as paid_gmv
    from {{ ref('dwd_order') }}
    where {{ in_days('paid_dt') }} and paid_dt is not null
    group by paid_dt
),

cancelled as (
    select
        cancelled_dt as dt,
        count(*) as cancelled_orders
    from {{ ref('dwd_order') }}
    where {{ in_days('cancelled_dt') }} and cancelled_dt is not null
    group by cancelled_dt
),

refunded as (
    select
        refunded_dt as dt,
        count(*) as refunds,
        sum(amount) as refund_amount
    from {{ ref('dwd_refund') }}
    where {{ in_days('refunded_dt') }}
    group by refunded_dt
),

items as (
    select
        dt,
        sum(quantity) as units
    from {{ ref('dws_order_item_wide') }}
    where {{ in_days() }}
    group by dt
)

select
    days.dt,
    cast(coalesce(created.orders, 0) as bigint) as orders,
    cast(coalesce(created.gmv, 0) as decimal(18,4)) as gmv,
    cast(coalesce(created.buyers, 0) as bigint) as buyers,
    cast(coalesce(first_orders.new_buyers, 0) as bigint) as new_buyers,
    cast(coalesce(items.units, 0) as bigint) as units,
    cast(coalesce(paid.paid_orders, 0) as bigint) as paid_orders,
    cast(coalesce(paid.paid_gmv, 0) as decimal(18,4)) as paid_gmv,
    cast(coalesce(cancelled.cancelled_orders, 0) as bigint) as cancelled_orders,
    cast(coalesce(refunded.refunds, 0) as bigint) as refunds,
    cast(coalesce(refunded.refund_amount, 0) as decimal(18,4)) as refund_amount
from {{ ref('dim_date') }} as days
left join created on days.dt = created.dt
left join first_orders on days.dt = first_orders.dt
left join items on days.dt = items.dt
left join paid on days.dt = paid.dt
left join cancelled on days.dt = cancelled.dt
left join refunded on days.dt = refunded.dt
where {{ in_days('days.dt') }}
