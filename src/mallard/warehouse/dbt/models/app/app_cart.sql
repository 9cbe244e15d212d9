-- Carts: what was added and left.
with added as (
    select
        dt,
        person_id,
        {{ beside_all('product_id') }} as product_id,
        event_time
    from {{ ref('dwd_event') }}
    where {{ in_days() }} and is_active and event_name = 'Product Added'
),

carts as (
    select
        dt,
        product_id,
        person_id,
        max(event_time) as last_added_at
    from added
    where product_id is not null
    group by dt, product_id, person_id
    union all
    select
        dt,
        'all' as product_id,
        person_id,
        max(event_time) as last_added_at
    from added
    group by dt, person_id
),

orders as (
    select
        customer_id,
        created_at
    from {{ ref('dwd_order') }}
    where {{ in_days(ahead=1) }} and customer_id is not null
),

bought as (
    select distinct
        carts.dt,
        carts.product_id,
        carts.person_id
    from carts
    inner join orders
        on
            carts.person_id = orders.customer_id
            and orders.created_at >= carts.last_added_at
            and orders.created_at <= {{ add_minutes('carts.last_added_at', 1440) }}
),

counted as (
    select
        carts.dt,
        carts.product_id,
        count(*) as added_users,
        sum(case when bought.person_id is null then 1 else 0 end) as abandoned_carts
    from carts
    left join bought
        on
            carts.dt = bought.dt
            and carts.product_id = bought.product_id
            and carts.person_id = bought.person_id
    group by carts.dt, carts.product_id
),

grid as (
    select dt, product_id from counted
    union
    select dt, 'all' as product_id from {{ ref('dim_date') }} where {{ in_days() }}
)

select
    grid.dt,
    grid.product_id,
    cast(coalesce(counted.added_users, 0) as bigint) as added_users,
    cast(coalesce(counted.abandoned_carts, 0) as bigint) as abandoned_carts,
    cast({{ ratio('counted.abandoned_carts', 'counted.added_users') }} as decimal(18,6)) as abandonment_rate
from grid
inner join {{ ref('dim_date') }} as days on grid.dt = days.dt
left join counted on grid.dt = counted.dt and grid.product_id = counted.product_id
