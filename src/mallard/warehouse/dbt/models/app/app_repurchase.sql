-- Buyers who bought again within 7, 30 and 90 days; an order counts once.
with order_categories as (
    select
        dt,
        order_id,
        customer_id,
        'all' as category
    from {{ ref('dwd_order') }}
    where {{ in_days(behind=89) }} and customer_id is not null
    union
    select
        dt,
        order_id,
        customer_id,
        coalesce({{ beside_all('level1_name') }}, 'unknown') as category
    from {{ ref('dws_order_item_wide') }}
    where {{ in_days(behind=89) }} and customer_id is not null
),

following as (
    select
        category,
        dt,
        lead(dt) over (partition by category, customer_id order by dt, order_id) as next_dt,
        lead(dt, 2) over (partition by category, customer_id order by dt, order_id) as next_but_one_dt
    from order_categories
),

-- from when to before when an order is the customer's last in the window, and two orders the last two
{% set windows = [7, 30, 90] %}
spans as (
    {% for window in windows %}
    select
        {{ window }} as window_days,
        category,
        dt as starts_dt,
        least({{ add_days('dt', window) }}, coalesce(next_dt, date '9999-12-31')) as stops_dt,
        1 as buyers,
        0 as repeat_buyers
    from following
    union all
    select
        {{ window }} as window_days,
        category,
        next_dt as starts_dt,
        least({{ add_days('dt', window) }}, coalesce(next_but_one_dt, date '9999-12-31')) as stops_dt,
        0 as buyers,
        1 as repeat_buyers
    from following
    where next_dt is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

changes as (
    select window_days, category, starts_dt as dt, buyers, repeat_buyers
    from spans
    where starts_dt < stops_dt
    union all
    select window_days, category, stops_dt as dt, -buyers as buyers, -repeat_buyers as repeat_buyers
    from spans
    where starts_dt < stops_dt
),

changed as (
    select
        window_days,
        category,
        dt,
        sum(buyers) as buyers,
        sum(repeat_buyers) as repeat_buyers
    from changes
    group by window_days, category, dt
),

grid as (
    select
        days.dt,
        series.window_days,
        series.category
    from {{ ref('dim_date') }} as days
    cross join (
        select distinct window_days, category from changed
        {% for window in windows %}
        union
        select {{ window }} as window_days, 'all' as category
        {% endfor %}
    ) as series
),

counted as (
    select
        grid.dt,
        grid.window_days,
        grid.category,
        sum(coalesce(changed.buyers, 0)) over (
            partition by grid.window_days, grid.category order by grid.dt
        ) as buyers,
        sum(coalesce(changed.repeat_buyers, 0)) over (
            partition by grid.window_days, grid.category order by grid.dt
        ) as repeat_buyers
    from grid
    left join changed
        on
            grid.dt = changed.dt
            and grid.window_days = changed.window_days
            and grid.category = changed.category
)

select
    dt,
    cast(window_days as bigint) as window_days,
    category,
    cast(buyers as bigint) as buyers,
    cast(repeat_buyers as bigint) as repeat_buyers,
    cast({{ ratio('repeat_buyers', 'buyers') }} as decimal(18,6)) as rate
from counted
where {{ in_days() }} and (buyers > 0 or category = 'all')
