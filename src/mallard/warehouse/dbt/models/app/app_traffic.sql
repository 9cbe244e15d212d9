-- Where sessions come from: the last non-direct touch in the session.
with sessions as (
    select
        dt,
        session_id,
        person_id,
        page_views,
        product_views,
        {{ micros_between('started_at', 'ended_at') }} as micros,
        has_touch,
        touch_source,
        lower(touch_medium) as medium_word,
        touch_medium,
        touch_campaign,
        touch_referrer_host
    from {{ ref('dws_session') }}
    where {{ in_days() }}
),

placed as (
    select
        placed.session_id,
        count(*) as orders,
        sum(orders.total_amount) as sales
    from {{ ref('dws_order_session') }} as placed
    inner join {{ ref('dwd_order') }} as orders on placed.order_id = orders.order_id
    group by placed.session_id
),

labelled as (
    select
        sessions.dt,
        sessions.session_id,
        sessions.person_id,
        sessions.page_views,
        sessions.product_views,
        sessions.micros,
        {{ channel('has_touch', 'touch_source', 'medium_word', 'touch_referrer_host') }} as channel,
        case when has_touch then coalesce(touch_source, touch_referrer_host) else 'direct' end as source,
        coalesce(case when has_touch then touch_medium end, '(none)') as medium,
        coalesce(case when has_touch then touch_campaign end, '(none)') as campaign
    from sessions
)

select
    labelled.dt,
    labelled.channel,
    labelled.source,
    labelled.medium,
    labelled.campaign,
    count(distinct labelled.person_id) as visitors,
    count(*) as sessions,
    cast(sum(labelled.page_views) as bigint) as page_views,
    cast(sum(case when labelled.page_views + labelled.product_views <= 1 then 1 else 0 end) as bigint)
        as bounced_sessions,
    cast(
        {{ ratio('sum(case when labelled.page_views + labelled.product_views <= 1 then 1 else 0 end)', 'count(*)') }}
        as decimal(18,6)
    ) as bounce_rate,
    cast({{ ratio('sum(labelled.micros)', 'count(*) * 1000000', 3) }} as decimal(18,3)) as average_duration_seconds,
    cast(sum(coalesce(placed.orders, 0)) as bigint) as orders,
    cast(sum(coalesce(placed.sales, 0)) as decimal(18,4)) as sales
from labelled
inner join {{ ref('dim_date') }} as days on labelled.dt = days.dt
left join placed on labelled.session_id = placed.session_id
group by labelled.dt, labelled.channel, labelled.source, labelled.medium, labelled.campaign
