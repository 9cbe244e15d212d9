-- Sales over running periods, against the period before and the year before.
with sums as (
    select
        dt,
        sum(gmv) over (order by dt) as gmv,
        sum(paid_gmv) over (order by dt) as paid_gmv,
        sum(paid_gmv - refund_amount) over (order by dt) as net_sales,
        sum(orders) over (order by dt) as orders
    from {{ ref('dws_sales_day') }}
),

first_day as (
    select min(dt) as first_dt from {{ ref('dim_date') }}
),

buyer_days as (
    select
        customer_id,
        dt,
        lag(dt) over (partition by customer_id order by dt) as previous_dt,
        lead(dt) over (partition by customer_id order by dt) as next_dt
    from (
        select distinct
            customer_id,
            dt
        from {{ ref('dwd_order') }}
        where customer_id is not null
    ) as order_days
),

-- a buyer counts in a period from the first order in it on
period_buyers as (
    {% for period in ['week', 'month', 'quarter', 'year'] %}
    select
        '{{ period }}' as period,
        dt,
        {{ period_start('dt', period) }} as start_dt,
        count(*) as buyers
    from buyer_days
    where previous_dt is null or previous_dt < {{ period_start('dt', period) }}
    group by dt
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

-- and in the last days from an order until the next one or until the window has moved on
window_changes as (
    {% for period, days in [('7d', 7), ('30d', 30)] %}
    select
        '{{ period }}' as period,
        dt,
        1 as change
    from buyer_days
    union all
    select
        '{{ period }}' as period,
        least({{ add_days('dt', days) }}, coalesce(next_dt, date '9999-12-31')) as dt,
        -1 as change
    from buyer_days
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

window_changed as (
    select
        period,
        dt,
        sum(change) as change
    from window_changes
    group by period, dt
),

buyers as (
    {% for period in ['week', 'month', 'quarter', 'year'] %}
    select
        days.dt,
        '{{ period }}' as period,
        sum(coalesce(period_buyers.buyers, 0)) over (
            partition by {{ period_start('days.dt', period) }} order by days.dt
        ) as buyers
    from {{ ref('dim_date') }} as days
    left join period_buyers on days.dt = period_buyers.dt and period_buyers.period = '{{ period }}'
    union all
    {% endfor %}
    {% for period in ['7d', '30d'] %}
    select
        days.dt,
        '{{ period }}' as period,
        sum(coalesce(window_changed.change, 0)) over (order by days.dt) as buyers
    from {{ ref('dim_date') }} as days
    left join window_changed on days.dt = window_changed.dt and window_changed.period = '{{ period }}'
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

stretches as (
    {{ period_stretches(['week', 'month', 'quarter', 'year', '7d', '30d']) }}
),

compared as (
    select
        stretches.dt,
        stretches.period,
        {{ sum_over('gmv') }} as gmv,
        {{ sum_over('paid_gmv') }} as paid_gmv,
        {{ sum_over('net_sales') }} as net_sales,
        {{ sum_over('orders') }} as orders,
        {{ sum_over('gmv', 'previous') }} as previous_gmv,
        {{ sum_over('gmv', 'last_year') }} as last_year_gmv
    from stretches
    {{ join_running('sums') }}
)

select
    compared.dt,
    compared.period,
    cast(compared.gmv as decimal(18,4)) as gmv,
    cast(compared.paid_gmv as decimal(18,4)) as paid_gmv,
    cast(compared.net_sales as decimal(18,4)) as net_sales,
    cast(compared.orders as bigint) as orders,
    cast(buyers.buyers as bigint) as buyers,
    cast(compared.previous_gmv as decimal(18,4)) as previous_gmv,
    cast({{ ratio('compared.gmv - compared.previous_gmv', 'compared.previous_gmv') }} as decimal(18,6)) as change_rate,
    cast(compared.last_year_gmv as decimal(18,4)) as last_year_gmv,
    cast({{ ratio('compared.gmv - compared.last_year_gmv', 'compared.last_year_gmv') }} as decimal(18,6)) as yoy_rate
from compared
left join buyers on compared.dt = buyers.dt and compared.period = buyers.period
