-- The shop's day in money, against the day, the week and the year before.
{% set measures = [
    'gmv', 'paid_gmv', 'net_sales', 'orders', 'paid_orders', 'units', 'buyers', 'average_order_value'
] %}
with days as (
    select
        dt,
        gmv,
        paid_gmv,
        cast(paid_gmv - refund_amount as decimal(18,4)) as net_sales,
        orders,
        paid_orders,
        cancelled_orders,
        units,
        buyers,
        new_buyers,
        cast({{ ratio('gmv', 'orders', 4) }} as decimal(18,4)) as average_order_value,
        refunds,
        refund_amount
    from {{ ref('dws_sales_day') }}
)

select
    days.dt,
    days.gmv,
    days.paid_gmv,
    days.net_sales,
    days.orders,
    days.paid_orders,
    days.cancelled_orders,
    days.units,
    days.buyers,
    days.new_buyers,
    days.average_order_value,
    days.refunds,
    days.refund_amount,
    {% for measure in measures %}
    {% for other, name in [('yesterday', 'day_over_day'), ('last_week', 'week_over_week'), ('last_year', 'year_over_year')] %}
    cast({{ ratio('days.' ~ measure ~ ' - ' ~ other ~ '.' ~ measure, other ~ '.' ~ measure) }} as decimal(18,6))
        as {{ measure }}_{{ name }}{{ ',' if not (loop.last and measure == measures[-1]) }}
    {% endfor %}
    {% endfor %}
from days
left join days as yesterday on {{ add_days('days.dt', -1) }} = yesterday.dt
left join days as last_week on {{ add_days('days.dt', -7) }} = last_week.dt
left join days as last_year on {{ add_years('days.dt', -1) }} = last_year.dt
where {{ in_days('days.dt') }}
