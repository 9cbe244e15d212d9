-- Products, regions and days tell the same sales, units and orders.
{{ config(tags=['identity']) }}

with lines as (
    select
        orders.dt,
        sum(items.quantity * items.unit_price) as sales,
        sum(items.quantity) as units
    from {{ ref('dwd_order_state') }} as known
    inner join {{ ref('dwd_order') }} as orders on known.order_id = orders.order_id
    inner join {{ ref('dwd_order_item') }} as items on orders.order_id = items.order_id
    group by orders.dt
),

products as (
    select
        dt,
        sum(sales) as sales,
        sum(units) as units
    from {{ ref('app_product_sales') }}
    group by dt
),

regions as (
    select
        dt,
        sum(orders) as orders,
        sum(amount) as amount
    from {{ ref('app_regions') }}
    group by dt
)

select sales.dt
from {{ ref('app_sales') }} as sales
left join lines on sales.dt = lines.dt
left join products on sales.dt = products.dt
left join regions on sales.dt = regions.dt
where
    coalesce(lines.sales, 0) <> coalesce(products.sales, 0)
    or coalesce(lines.units, 0) <> sales.units
    or coalesce(products.units, 0) <> sales.units
    or coalesce(regions.orders, 0) <> sales.orders
    or coalesce(regions.amount, 0) <> sales.gmv
    or sales.net_sales <> sales.paid_gmv - sales.refund_amount
    or sales.new_buyers > sales.buyers
    or sales.buyers > sales.orders
