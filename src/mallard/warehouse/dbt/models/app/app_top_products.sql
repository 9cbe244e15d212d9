-- The ten products with the highest sales over 1, 7 and 30 days.
with days as (
    select
        dt,
        ends_at
    from {{ ref('dim_date') }}
    where {{ in_days() }}
),

sold as (
    select
        dt,
        product_id,
        orders,
        units,
        sales
    from {{ ref('dws_product_day') }}
    where {{ in_days(behind=29) }}
),

best as (
    {{ best_by_window('days', 'sold', 'product_id') }}
)

select
    best.dt,
    cast(best.window_days as bigint) as window_days,
    cast(best.rank as bigint) as rank,
    best.product_id,
    product.name as product_name,
    category.level3_name as category,
    cast(best.orders as bigint) as orders,
    cast(best.units as bigint) as units,
    cast(best.sales as decimal(18,4)) as sales
from best
inner join days on best.dt = days.dt
left join {{ ref('dim_product') }} as product
    on
        best.product_id = product.product_id
        and {{ in_force('product', 'days.ends_at') }}
left join {{ ref('dim_category') }} as category
    on
        product.category_id = category.category_id
        and {{ in_force('category', 'days.ends_at') }}
