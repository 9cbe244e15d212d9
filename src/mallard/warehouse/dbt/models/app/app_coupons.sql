-- Coupons used, and how their orders compare with those without one.
with orders as (
    select
        orders.dt,
        orders.order_id,
        orders.customer_id,
        orders.total_amount
    from {{ ref('dwd_order') }} as orders
    inner join {{ ref('dim_date') }} as days on orders.dt = days.dt
    where {{ in_days('orders.dt') }}
),

uses as (
    select
        order_id,
        coalesce(coupon_id, 'unknown') as coupon_id,
        amount
    from {{ ref('dwd_coupon_use') }}
),

used as (
    select
        orders.dt,
        uses.coupon_id,
        count(*) as orders,
        sum(orders.total_amount) as amount,
        count(distinct orders.customer_id) as buyers,
        sum(uses.amount) as discount
    from orders
    inner join uses on orders.order_id = uses.order_id
    group by orders.dt, uses.coupon_id
),

others as (
    select
        orders.dt,
        count(*) as orders,
        sum(orders.total_amount) as amount
    from orders
    left join (select distinct order_id from uses) as with_coupon on orders.order_id = with_coupon.order_id
    where with_coupon.order_id is null
    group by orders.dt
),

averages as (
    select
        used.dt,
        used.coupon_id,
        used.orders,
        used.amount,
        used.buyers,
        used.discount,
        cast({{ ratio('used.amount', 'used.orders', 4) }} as decimal(18,4)) as average_order_value,
        cast({{ ratio('others.amount', 'others.orders', 4) }} as decimal(18,4)) as other_average_order_value
    from used
    left join others on used.dt = others.dt
)

select
    dt,
    coupon_id,
    cast(orders as bigint) as orders,
    cast(amount as decimal(18,4)) as amount,
    cast(buyers as bigint) as buyers,
    cast(discount as decimal(18,4)) as discount,
    average_order_value,
    other_average_order_value,
    cast(
        {{ ratio('average_order_value - other_average_order_value', 'other_average_order_value') }}
        as decimal(18,6)
    ) as lift
from averages
