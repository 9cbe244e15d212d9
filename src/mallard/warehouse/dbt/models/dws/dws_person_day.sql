-- What each person did on a day.
with events as (
    select
        dt,
        person_id,
        max(person_user_id) as user_id,
        max(case when is_active then 1 else 0 end) = 1 as is_active,
        sum(case when is_active then 1 else 0 end) as events,
        count(distinct session_id) as sessions,
        sum(
            case
                when event_name in ('Application Opened', 'Application Installed', 'Application Updated')
                    then 1 else 0
            end
        ) as opens,
        sum(case when event_name = 'Product Viewed' then 1 else 0 end) as product_views,
        sum(case when event_name = 'Product Added' then 1 else 0 end) as cart_adds,
        sum(case when event_name = 'Application Crashed' then 1 else 0 end) as crashes,
        min(case when is_active then event_time end) as first_active_at
    from {{ ref('dwd_event') }}
    where {{ in_days() }} and not is_bot
    group by dt, person_id
),

devices as (
    select
        dt,
        person_id,
        device_id,
        platform
    from {{ ref('dws_audience_day') }}
    where {{ in_days() }}
),

orders as (
    select
        dt,
        customer_id,
        count(*) as orders,
        sum(total_amount) as amount
    from {{ ref('dwd_order') }}
    where {{ in_days() }} and customer_id is not null
    group by dt, customer_id
)

select
    coalesce(events.dt, orders.dt) as dt,
    coalesce(events.person_id, orders.customer_id) as person_id,
    coalesce(events.user_id, orders.customer_id) as user_id,
    coalesce(events.is_active, false) as is_active,
    cast(coalesce(events.events, 0) as bigint) as events,
    cast(coalesce(events.sessions, 0) as bigint) as sessions,
    cast(coalesce(events.opens, 0) as bigint) as opens,
    cast(coalesce(events.product_views, 0) as bigint) as product_views,
    cast(coalesce(events.cart_adds, 0) as bigint) as cart_adds,
    cast(coalesce(events.crashes, 0) as bigint) as crashes,
    cast(coalesce(orders.orders, 0) as bigint) as orders,
    cast(coalesce(orders.amount, 0) as decimal(18,4)) as amount,
    events.first_active_at,
    devices.device_id,
    devices.platform
from events
full outer join orders on events.dt = orders.dt and events.person_id = orders.customer_id
left join devices on events.dt = devices.dt and events.person_id = devices.person_id
