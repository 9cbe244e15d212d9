-- Products sold on a day.
select
    sold.dt,
    sold.product_id,
    sold.product_name,
    sold.level1_name,
    sold.level2_name,
    sold.level3_name,
    sold.brand,
    cast(sold.orders as bigint) as orders,
    sold.units,
    sold.sales
from {{ ref('dws_product_day') }} as sold
inner join {{ ref('dim_date') }} as days on sold.dt = days.dt
where {{ in_days('sold.dt') }}
