-- How long the orders created on a day took.
{% set legs = [('pay', 'created_at', 'paid_at'), ('ship', 'paid_at', 'shipped_at'), ('deliver', 'shipped_at', 'delivered_at')] %}
with orders as (
    select
        dt,
        paid_at,
        {% for leg, from_at, to_at in legs %}
        {{ micros_between(from_at, to_at) }} as micros_to_{{ leg }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('dwd_order') }}
    where {{ in_days() }}
),

counted as (
    select
        dt,
        count(*) as orders,
        sum(case when paid_at is null then 1 else 0 end) as unpaid_orders,
        {% for leg, from_at, to_at in legs %}
        {{ twice_median('micros_to_' ~ leg) }} as twice_median_to_{{ leg }},
        sum(micros_to_{{ leg }}) as total_to_{{ leg }},
        count(micros_to_{{ leg }}) as orders_to_{{ leg }}{{ ',' if not loop.last }}
        {% endfor %}
    from orders
    group by dt
)

select
    days.dt,
    cast(coalesce(counted.orders, 0) as bigint) as orders,
    cast(coalesce(counted.unpaid_orders, 0) as bigint) as unpaid_orders,
    cast({{ ratio('counted.unpaid_orders', 'counted.orders') }} as decimal(18,6)) as unpaid_rate,
    {% for leg, from_at, to_at in legs %}
    cast({{ ratio('counted.twice_median_to_' ~ leg, '2000000', 3) }} as decimal(18,3)) as median_seconds_to_{{ leg }},
    cast({{ ratio('counted.total_to_' ~ leg, 'counted.orders_to_' ~ leg ~ ' * 1000000', 3) }} as decimal(18,3))
        as mean_seconds_to_{{ leg }}{{ ',' if not loop.last }}
    {% endfor %}
from {{ ref('dim_date') }} as days
left join counted on days.dt = counted.dt
where {{ in_days('days.dt') }}
