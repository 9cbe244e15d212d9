-- Each category's orders, units and sales of a day.
select
    dt,
    coalesce(category_id, 'unknown') as category_id,
    count(distinct order_id) as orders,
    cast(sum(quantity) as bigint) as units,
    cast(sum(sales) as decimal(18,4)) as sales
from {{ ref('dws_order_item_wide') }}
where {{ in_days() }}
group by dt, coalesce(category_id, 'unknown')
