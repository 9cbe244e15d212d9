-- Sessions: active events of a stream without a gap of more than 30 minutes, on the day of the first of them.
with events as (
    select
        dt,
        session_id,
        session_dt,
        event_id,
        event_time,
        day_position,
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
        utm_source is not null
        or (referrer_host is not null and referrer_host <> coalesce(page_host, '')) as is_touch
    from events
)

select
    session_dt as dt,
    session_id,
    max(stream) as stream,
    max_by(person_id, (dt, day_position)) as person_id,
    max_by(person_user_id, (dt, day_position)) as person_user_id,
    min_by(platform, (dt, day_position)) as platform,
    min(event_time) as started_at,
    max(event_time) as ended_at,
    count(*) as events,
    sum(case when event_type in ('page', 'screen') then 1 else 0 end) as page_views,
    sum(case when event_name = 'Product Viewed' and event_type = 'track' then 1 else 0 end) as product_views,
    max_by(utm_source, (dt, day_position)) filter (where is_touch) as touch_source,
    max_by(utm_medium, (dt, day_position)) filter (where is_touch) as touch_medium,
    max_by(utm_campaign, (dt, day_position)) filter (where is_touch) as touch_campaign,
    max_by(referrer_host, (dt, day_position)) filter (where is_touch) as touch_referrer_host
from touches
group by session_dt, session_id
