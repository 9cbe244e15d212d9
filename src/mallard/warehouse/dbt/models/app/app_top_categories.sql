-- The ten categories with the highest sales over 1, 7 and 30 days.
with days as (
    select
        dt,
        ends_at
    from {{ ref('dim_date') }}
    where {{ in_days() }}
),

sold as (
    select
        dt,
        category_id,
        orders,
        units,
        sales
    from {{ ref('dws_category_day') }}
    where {{ in_days(behind=29) }}
),

summed as (
    {% for window in [1, 7, 30] %}
    select
        days.dt,
        {{ window }} as window_days,
        sold.category_id,
        sum(sold.orders) as orders,
        sum(sold.units) as units,
        sum(sold.sales) as sales
    from days
    inner join sold on sold.dt between {{ add_days('days.dt', 1 - window) }} and days.dt
    group by days.dt, sold.category_id
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

ranked as (
    select
        summed.*,
        row_number() over (partition by dt, window_days order by sales desc, category_id) as rank
    from summed
)

select
    ranked.dt,
    cast(ranked.window_days as bigint) as window_days,
    cast(ranked.rank as bigint) as rank,
    ranked.category_id,
    coalesce(category.level3_name, 'unknown') as category,
    cast(ranked.orders as bigint) as orders,
    cast(ranked.units as bigint) as units,
    cast(ranked.sales as decimal(18,4)) as sales
from ranked
inner join days on ranked.dt = days.dt
left join {{ ref('dim_category') }} as category
    on
        ranked.category_id = category.category_id
        and category.valid_from < days.ends_at
        and category.valid_to >= days.ends_at
where ranked.rank <= 10
