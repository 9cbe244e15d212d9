-- RFM segments of the customers with an order so far.
{% set bounds = [-1] + rfm_recency_bounds() %}
with order_days as (
    select
        customer_id,
        dt,
        count(*) as orders,
        sum(total_amount) as amount
    from {{ ref('dwd_order') }}
    where customer_id is not null
    group by customer_id, dt
),

standing as (
    select
        dt,
        sum(orders) over (partition by customer_id order by dt) as orders,
        sum(amount) over (partition by customer_id order by dt) as amount,
        lead(dt) over (partition by customer_id order by dt) as next_dt
    from order_days
),

-- after each order day a customer ages through the segments until the next one
spans as (
    {% for bound in bounds %}
    select
        {{ rfm_segment(bound + 1, 'orders') }} as segment,
        {{ add_days('dt', bound + 1) }} as starts_dt,
        least(
            {{ 'date \'9999-12-31\'' if loop.last else add_days('dt', bounds[loop.index] + 1) }},
            coalesce(next_dt, date '9999-12-31')
        ) as stops_dt,
        amount
    from standing
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

changes as (
    select segment, starts_dt as dt, 1 as customers, amount from spans where starts_dt < stops_dt
    union all
    select segment, stops_dt as dt, -1 as customers, -amount as amount from spans where starts_dt < stops_dt
),

changed as (
    select
        segment,
        dt,
        sum(customers) as customers,
        sum(amount) as amount
    from changes
    group by segment, dt
),

segments as (
    {% for segment in rfm_segments() %}
    select '{{ segment }}' as segment
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

counted as (
    select
        days.dt,
        segments.segment,
        sum(coalesce(changed.customers, 0)) over (partition by segments.segment order by days.dt) as customers,
        sum(coalesce(changed.amount, 0)) over (partition by segments.segment order by days.dt) as sales
    from {{ ref('dim_date') }} as days
    cross join segments
    left join changed on days.dt = changed.dt and segments.segment = changed.segment
)

select
    dt,
    segment,
    cast(customers as bigint) as customers,
    cast(sales as decimal(18,4)) as sales
from counted
where {{ in_days() }}
