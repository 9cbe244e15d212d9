-- What each person did on a day, with the last known attributes of that day.
with source_events as (
    select
        dt,
        person_id,
        person_user_id,
        session_id,
        event_name,
        event_time,
        day_position,
        is_active,
        device_id,
        platform,
        os_name,
        os_version,
        device_brand,
        device_model,
        network,
        app_version,
        case
            when screen_width is not null and screen_height is not null
                then concat(cast(screen_width as {{ type_string() }}), 'x', cast(screen_height as {{ type_string() }}))
        end as screen
    from {{ ref('dwd_event') }}
    where {{ in_days() }} and not is_bot
),

events as (
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
        min(case when is_active then event_time end) as first_active_at,
        max_by(device_id, day_position) filter (where device_id is not null and is_active) as device_id,
        max_by(platform, day_position) filter (where platform is not null and is_active) as platform,
        max_by(os_name, day_position) filter (where os_name is not null and is_active) as os_name,
        max_by(os_version, day_position) filter (where os_version is not null and is_active) as os_version,
        max_by(device_brand, day_position) filter (where device_brand is not null and is_active) as device_brand,
        max_by(device_model, day_position) filter (where device_model is not null and is_active) as device_model,
        max_by(network, day_position) filter (where network is not null and is_active) as network,
        max_by(app_version, day_position) filter (where app_version is not null and is_active) as app_version,
        max_by(screen, day_position) filter (where screen is not null and is_active) as screen
    from source_events
    group by dt, person_id
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
    events.device_id,
    events.platform,
    events.os_name,
    events.os_version,
    events.device_brand,
    events.device_model,
    events.network,
    events.app_version,
    events.screen
from events
full outer join orders on events.dt = orders.dt and events.person_id = orders.customer_id
