-- Orders by province.
select
    orders.dt,
    coalesce(orders.province, 'unknown') as province,
    count(*) as orders,
    cast(sum(orders.total_amount) as decimal(18,4)) as amount,
    count(distinct orders.customer_id) as buyers
from {{ ref('dwd_order') }} as orders
inner join {{ ref('dim_date') }} as days on orders.dt = days.dt
where {{ in_days('orders.dt') }}
group by orders.dt, coalesce(orders.province, 'unknown')
