-- Each product's orders, units and sales of a day.
select
    dt,
    product_id,
    max(product_name) as product_name,
    max(category_id) as category_id,
    max(level1_name) as level1_name,
    max(level2_name) as level2_name,
    max(level3_name) as level3_name,
    max(brand) as brand,
    count(distinct order_id) as orders,
    cast(sum(quantity) as bigint) as units,
    cast(sum(sales) as decimal(18,4)) as sales
from {{ ref('dws_order_item_wide') }}
where {{ in_days() }}
group by dt, product_id
