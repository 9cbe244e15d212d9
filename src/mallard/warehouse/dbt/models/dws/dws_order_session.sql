-- The session in which each order was placed: that of its earliest Order Completed event, else the customer's
-- session begun last among those under way at the order or ended at most 30 minutes before it.
with orders as (
    select
        dt,
        order_id,
        customer_id,
        created_at
    from {{ ref('dwd_order') }}
    where {{ in_days() }}
),

completions as (
    select
        completed_order_id as order_id,
        min_by(event_id, (dt, day_position)) as event_id
    from {{ ref('dwd_event_index') }}
    where completed_order_id is not null and not is_bot
    group by completed_order_id
),

completed as (
    select
        completions.order_id,
        placed.session_id
    from completions
    inner join {{ ref('dwd_event_person') }} as placed on completions.event_id = placed.event_id
),

sessions as (
    select
        session_id,
        person_id,
        started_at,
        ended_at
    from {{ ref('dws_session') }}
),

under_way as (
    select
        orders.order_id,
        max_by(sessions.session_id, (sessions.started_at, sessions.session_id)) as session_id
    from orders
    inner join sessions
        on
            orders.customer_id = sessions.person_id
            and orders.created_at >= sessions.started_at
            and orders.created_at <= {{ add_minutes('sessions.ended_at', 30) }}
    group by orders.order_id
)

select
    orders.dt,
    orders.order_id,
    coalesce(completed.session_id, under_way.session_id) as session_id
from orders
left join completed on orders.order_id = completed.order_id
left join under_way on orders.order_id = under_way.order_id
where coalesce(completed.session_id, under_way.session_id) is not null
