-- Order lines with their order, and their product and category as they were at the end of the order's day.
with orders as (
    select
        dt,
        order_id,
        customer_id,
        created_at
    from {{ ref('dwd_order') }}
    where {{ in_days() }}
),

items as (
    select
        order_id,
        order_item_id,
        product_id,
        quantity,
        unit_price,
        discount_amount
    from {{ ref('dwd_order_item') }}
),

day_ends as (
    select
        dt,
        {{ day_start(add_days('dt', 1)) }} as ends_at
    from (select distinct dt from orders) as days
)

select
    orders.dt,
    orders.order_id,
    items.order_item_id,
    orders.customer_id,
    orders.created_at,
    items.product_id,
    product.name as product_name,
    product.brand,
    product.category_id,
    category.level1_name,
    category.level2_name,
    category.level3_name,
    items.quantity,
    items.unit_price,
    items.discount_amount,
    cast(items.quantity * items.unit_price as decimal(18,4)) as sales
from orders
inner join items on orders.order_id = items.order_id
inner join day_ends on orders.dt = day_ends.dt
left join {{ ref('dim_product') }} as product
    on
        items.product_id = product.product_id
        and {{ in_force('product', 'day_ends.ends_at') }}
left join {{ ref('dim_category') }} as category
    on
        product.category_id = category.category_id
        and {{ in_force('category', 'day_ends.ends_at') }}
