-- Products bought together in the last 90 days; where too few, products viewed together by a person on a day.
{{ config(materialized='table') }}

with last_day as (
    select max(dt) as last_dt from {{ ref('dim_date') }}
),

bought as (
    select distinct
        items.order_id as basket,
        items.product_id
    from {{ ref('dws_order_item_wide') }} as items
    cross join last_day
    where items.dt between {{ add_days('last_day.last_dt', -89) }} and last_day.last_dt
),

viewed as (
    select distinct
        events.dt,
        events.person_id,
        events.product_id
    from {{ ref('dwd_event') }} as events
    cross join last_day
    where
        events.dt between {{ add_days('last_day.last_dt', -89) }} and last_day.last_dt
        and events.is_active and events.event_name = 'Product Viewed' and events.product_id is not null
),

bought_pairs as (
    select
        one.product_id,
        other.product_id as other_product_id,
        count(*) as pairs
    from bought as one
    inner join bought as other on one.basket = other.basket and one.product_id <> other.product_id
    group by one.product_id, other.product_id
    having count(*) >= 2
),

full_lists as (
    select product_id
    from bought_pairs
    group by product_id
    having count(*) >= 10
),

viewed_pairs as (
    select
        one.product_id,
        other.product_id as other_product_id,
        count(*) as pairs
    from (
        select
            viewed.dt,
            viewed.person_id,
            viewed.product_id
        from viewed
        left join full_lists on viewed.product_id = full_lists.product_id
        where full_lists.product_id is null
    ) as one
    inner join viewed as other
        on one.dt = other.dt and one.person_id = other.person_id and one.product_id <> other.product_id
    group by one.product_id, other.product_id
    having count(*) >= 2
),

pairs as (
    select 'bought' as basis, product_id, other_product_id, pairs from bought_pairs
    union all
    select 'viewed' as basis, viewed_pairs.product_id, viewed_pairs.other_product_id, viewed_pairs.pairs
    from viewed_pairs
    left join bought_pairs
        on
            viewed_pairs.product_id = bought_pairs.product_id
            and viewed_pairs.other_product_id = bought_pairs.other_product_id
    where bought_pairs.product_id is null
),

counts as (
    select 'bought' as basis, product_id, count(*) as baskets from bought group by product_id
    union all
    select 'viewed' as basis, product_id, count(*) as baskets from viewed group by product_id
),

-- more pairs are a greater confidence, and among equal ones fewer baskets of the other a greater lift
ranked as (
    select
        pairs.product_id,
        pairs.other_product_id,
        pairs.basis,
        pairs.pairs,
        own.baskets as own_baskets,
        others.baskets as other_baskets,
        row_number() over (
            partition by pairs.product_id
            order by pairs.basis, pairs.pairs desc, others.baskets, pairs.other_product_id
        ) as rank
    from pairs
    inner join counts as own on pairs.basis = own.basis and pairs.product_id = own.product_id
    inner join counts as others on pairs.basis = others.basis and pairs.other_product_id = others.product_id
),

totals as (
    select
        'bought' as basis,
        count(distinct basket) as baskets
    from bought
    union all
    select
        'viewed' as basis,
        count(*) as baskets
    from (select distinct dt, person_id from viewed) as person_days
)

select
    ranked.product_id,
    cast(ranked.rank as bigint) as rank,
    ranked.other_product_id,
    ranked.basis,
    cast(ranked.pairs as bigint) as pairs,
    cast({{ ratio('ranked.pairs', 'totals.baskets') }} as decimal(18,6)) as support,
    cast({{ ratio('ranked.pairs', 'ranked.own_baskets') }} as decimal(18,6)) as confidence,
    cast(
        {{ ratio('ranked.pairs * totals.baskets', 'ranked.own_baskets * ranked.other_baskets') }} as decimal(18,6)
    ) as lift
from ranked
inner join totals on ranked.basis = totals.basis
where ranked.rank <= 10
