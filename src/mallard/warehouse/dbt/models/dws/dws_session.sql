-- Sessions: active events of a stream without a gap of more than 30 minutes, on the day of the first of them.
with events as (
    select
        session_id,
        session_dt,
        event_id,
        event_time,
        stream,
        person_id,
        person_user_id,
        event_type,
        event_name,
        platform,
        page_url,
        referrer,
        utm_source,
        utm_medium,
        utm_campaign,
        {{ host_of('referrer') }} as referrer_host,
        {{ host_of('page_url') }} as page_host
    from {{ ref('dwd_event') }}
    where
        {{ in_days('session_dt') }} and {{ from_first_day() }}
        and session_id is not null and is_active
),

touches as (
    select
        events.*,
        row_number() over (partition by session_id order by event_time, event_id) as place,
        count(*) over (partition by session_id) as last_place,
        utm_source is not null
        or (referrer_host is not null and referrer_host <> coalesce(page_host, '')) as is_touch
    from events
),

deciding as (
    select
        touches.*,
        max(case when is_touch then place end) over (partition by session_id) as deciding_place
    from touches
)

select
    session_dt as dt,
    session_id,
    max(stream) as stream,
    max(case when place = last_place then person_id end) as person_id,
    max(case when place = last_place then person_user_id end) as person_user_id,
    max(case when place = 1 then platform end) as platform,
    min(event_time) as started_at,
    max(event_time) as ended_at,
    count(*) as events,
    cast(sum(case when event_type in ('page', 'screen') then 1 else 0 end) as bigint) as page_views,
    cast(sum(case when event_name = 'Product Viewed' then 1 else 0 end) as bigint) as product_views,
    max(deciding_place) is not null as has_touch,
    max(case when place = deciding_place then utm_source end) as touch_source,
    max(case when place = deciding_place then utm_medium end) as touch_medium,
    max(case when place = deciding_place then utm_campaign end) as touch_campaign,
    max(case when place = deciding_place then referrer_host end) as touch_referrer_host
from deciding
group by session_dt, session_id
