-- How far each person of a day and each session came: the moment of every step, NULL where not reached.
-- A step counts at or after the step before it; for a person within 24 hours of the day's first event.
with events as (
    select
        dt,
        person_id,
        session_id,
        session_dt,
        event_time as moment_at,
        case event_name
            when 'Product Viewed' then 2
            when 'Product Added' then 3
            when 'Checkout Started' then 4
        end as step
    from {{ ref('dwd_event') }}
    where
        {{ in_days(ahead=1) }} and is_active
        and event_name in ('Product Viewed', 'Product Added', 'Checkout Started')
),

session_events as (
    select
        session_id,
        session_dt,
        event_time as moment_at,
        case event_name
            when 'Product Viewed' then 2
            when 'Product Added' then 3
            when 'Checkout Started' then 4
        end as step
    from {{ ref('dwd_event') }}
    where
        {{ in_days('session_dt') }} and {{ from_first_day() }} and is_active
        and event_name in ('Product Viewed', 'Product Added', 'Checkout Started')
),

orders as (
    select
        order_id,
        dt,
        customer_id,
        created_at,
        paid_at,
        paid_dt
    from {{ ref('dwd_order') }}
),

first_completions as (
    select
        completed_order_id as order_id,
        min_by(event_id, (dt, day_position)) as event_id
    from {{ ref('dwd_event_index') }}
    where completed_order_id is not null and not is_bot
    group by completed_order_id
),

unknown_orders as (
    select
        completed.dt,
        completed.event_time as moment_at,
        completed.person_id,
        completed.session_id
    from first_completions
    inner join {{ ref('dwd_event') }} as completed on first_completions.event_id = completed.event_id
    left join orders on first_completions.order_id = orders.order_id
    where
        orders.order_id is null
        and completed.event_name = 'Order Completed'
        and {{ from_first_day('completed.dt', behind=1) }}
),

sessions as (
    select
        dt,
        session_id,
        started_at,
        ended_at
    from {{ ref('dws_session') }}
    where {{ in_days() }}
),

session_orders as (
    select
        sessions.dt,
        sessions.session_id,
        sessions.ended_at,
        orders.created_at,
        orders.paid_at
    from sessions
    inner join {{ ref('dws_order_session') }} as placed on sessions.session_id = placed.session_id
    inner join orders on placed.order_id = orders.order_id
),

person_moments as (
    select dt, person_id, step, moment_at from events
    union all
    select dt, customer_id as person_id, 5 as step, created_at as moment_at
    from orders
    where customer_id is not null and {{ in_days('dt', ahead=1) }}
    union all
    select dt, person_id, 5 as step, moment_at from unknown_orders
    union all
    select paid_dt as dt, customer_id as person_id, 6 as step, paid_at as moment_at
    from orders
    where customer_id is not null and paid_at is not null and {{ in_days('paid_dt', ahead=1) }}
),

persons as (
    select
        dt,
        person_id,
        first_active_at as moment_at
    from {{ ref('dws_person_day') }}
    where {{ in_days() }} and is_active
),

moments as (
    select dt, 'person' as unit, person_id as unit_id, step, moment_at from person_moments
    union all
    select {{ add_days('dt', -1) }} as dt, 'person' as unit, person_id as unit_id, step, moment_at from person_moments
    union all
    select session_dt as dt, 'session' as unit, session_id as unit_id, step, moment_at from session_events
    union all
    select dt, 'session' as unit, session_id as unit_id, 5 as step, created_at as moment_at from session_orders
    union all
    select sessions.dt, 'session' as unit, sessions.session_id as unit_id, 5 as step, unknown_orders.moment_at
    from unknown_orders
    inner join sessions on unknown_orders.session_id = sessions.session_id
    union all
    select dt, 'session' as unit, session_id as unit_id, 6 as step, paid_at as moment_at
    from session_orders
    where paid_at <= {{ add_minutes('ended_at', 30) }}
),

visited as (
    select
        dt,
        'person' as unit,
        person_id as unit_id,
        moment_at as visit_at,
        {{ add_minutes("moment_at", 1440) }} as until
    from persons
    union all
    select
        dt,
        'session' as unit,
        session_id as unit_id,
        started_at as visit_at,
        timestamp '9999-12-31 00:00:00+00' as until
    from sessions
),

{% set steps = ['visit', 'view', 'cart', 'checkout', 'order', 'pay'] %}
{% for step in steps[1:] %}
{% set previous = steps[loop.index0] %}
step_{{ step }} as (
    select
        reached.dt,
        reached.unit,
        reached.unit_id,
        reached.until,
        min(moments.moment_at) as {{ step }}_at
    from {{ 'visited' if previous == 'visit' else 'step_' ~ previous }} as reached
    inner join moments
        on
            reached.dt = moments.dt
            and reached.unit = moments.unit
            and reached.unit_id = moments.unit_id
            and moments.step = {{ loop.index + 1 }}
            and moments.moment_at >= reached.{{ previous }}_at
            and moments.moment_at <= reached.until
    group by reached.dt, reached.unit, reached.unit_id, reached.until
),

{% endfor %}
reached as (
    select
        visited.dt,
        visited.unit,
        visited.unit_id,
        visited.visit_at,
        {% for step in steps[1:] %}
        step_{{ step }}.{{ step }}_at{{ ',' if not loop.last }}
        {% endfor %}
    from visited
    {% for step in steps[1:] %}
    left join step_{{ step }}
        on
            visited.dt = step_{{ step }}.dt
            and visited.unit = step_{{ step }}.unit
            and visited.unit_id = step_{{ step }}.unit_id
    {% endfor %}
)

select
    dt,
    unit,
    unit_id,
    visit_at,
    view_at,
    cart_at,
    checkout_at,
    order_at,
    pay_at
from reached
