-- Sessions: active events of a stream without a gap of more than 30 minutes, on the day of the first of them.
-- Where a session takes a value from one of its events it is marked with + or, where NULL, -: taking the value
-- at the greatest place would skip NULLs on one engine and not on the other.
with events as (
    select
        session_id,
        session_dt,
        {{ days_between("date '2000-01-01'", 'dt') }} * 10000000000 + day_position as place,
        event_time,
        stream,
        person_id,
        person_user_id,
        event_type,
        event_name,
        platform,
        utm_source,
        utm_medium,
        utm_campaign,
        case when referrer is not null then {{ host_of('referrer') }} end as referrer_host,
        case when referrer is not null then {{ host_of('page_url') }} end as page_host
    from {{ ref('dwd_event') }}
    where
        {{ in_days('session_dt') }} and {{ from_first_day() }}
        and session_id is not null and is_active
),

marked as (
    select
        events.*,
        case
            when
                utm_source is not null
                or (referrer_host is not null and referrer_host <> coalesce(page_host, ''))
                then place
        end as touch_place
    from events
),

sessions as (
    select
        session_dt,
        session_id,
        max(stream) as stream,
        max_by(person_id, place) as person_id,
        max_by(coalesce('+' || person_user_id, '-'), place) as person_user_id,
        min_by(coalesce('+' || platform, '-'), place) as platform,
        min(event_time) as started_at,
        max(event_time) as ended_at,
        count(*) as events,
        sum(case when event_type in ('page', 'screen') then 1 else 0 end) as page_views,
        sum(case when event_name = 'Product Viewed' then 1 else 0 end) as product_views,
        max(touch_place) is not null as has_touch,
        max_by(coalesce('+' || utm_source, '-'), touch_place) as touch_source,
        max_by(coalesce('+' || utm_medium, '-'), touch_place) as touch_medium,
        max_by(coalesce('+' || utm_campaign, '-'), touch_place) as touch_campaign,
        max_by(coalesce('+' || referrer_host, '-'), touch_place) as touch_referrer_host
    from marked
    group by session_dt, session_id
)

select
    session_dt as dt,
    session_id,
    stream,
    person_id,
    {{ unmarked('person_user_id') }} as person_user_id,
    {{ unmarked('platform') }} as platform,
    started_at,
    ended_at,
    events,
    cast(page_views as bigint) as page_views,
    cast(product_views as bigint) as product_views,
    has_touch,
    {{ unmarked('touch_source') }} as touch_source,
    {{ unmarked('touch_medium') }} as touch_medium,
    {{ unmarked('touch_campaign') }} as touch_campaign,
    {{ unmarked('touch_referrer_host') }} as touch_referrer_host
from sessions
