-- Every event once, with its person and session; bots are kept and marked. What is narrow is joined first, so that
-- wide rows only pass by.
with landed as (
    select
        dt,
        event_id,
        event_time,
        user_id,
        session_id as client_session_id,
        event_name,
        event_type,
        received_at,
        sent_at,
        original_time,
        time_source,
        source,
        anonymous_id,
        previous_id,
        device_id,
        platform,
        app_version,
        app_build,
        os_name,
        os_version,
        device_brand,
        device_model,
        network,
        screen_width,
        screen_height,
        locale,
        timezone,
        ip,
        user_agent,
        is_bot,
        page_url,
        page_path,
        page_title,
        referrer,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_term,
        utm_content,
        view_id,
        product_id,
        list_id,
        category,
        brand,
        position,
        quantity,
        price,
        order_id,
        cart_id,
        value,
        currency,
        query,
        loading_time_ms,
        stay_time_ms,
        error_class,
        error_message,
        properties,
        origin,
        landed_seq
    from {{ source('ods', 'ods_event') }}
    where {{ in_days() }}
),

first_copy as (
    select
        dt,
        event_id,
        day_position,
        stream,
        anonymous_key,
        is_active,
        landed_seq,
        origin
    from {{ ref('dwd_event_index') }}
    where {{ in_days() }}
),

person as (
    select
        dt,
        event_id,
        session_id,
        session_dt,
        person_user_id
    from {{ ref('dwd_event_person') }}
    where {{ in_days() }}
),

placed as {{ materialized() }} (
    select
        first_copy.*,
        person.session_id,
        person.session_dt,
        person.person_user_id
    from first_copy
    left join person
        on
            first_copy.dt = person.dt
            and first_copy.event_id = person.event_id
)

select
    landed.dt,
    landed.event_id,
    landed.event_time,
    placed.day_position,
    coalesce(placed.person_user_id, landed.user_id, concat('a:', placed.anonymous_key)) as person_id,
    coalesce(placed.person_user_id, landed.user_id) as person_user_id,
    placed.session_id,
    placed.session_dt,
    placed.stream,
    placed.is_active,
    landed.user_id,
    landed.client_session_id,
    landed.is_bot,
    landed.event_name,
    landed.event_type,
    landed.received_at,
    landed.sent_at,
    landed.original_time,
    landed.time_source,
    landed.source,
    landed.anonymous_id,
    landed.previous_id,
    landed.device_id,
    landed.platform,
    landed.app_version,
    landed.app_build,
    landed.os_name,
    landed.os_version,
    landed.device_brand,
    landed.device_model,
    landed.network,
    landed.screen_width,
    landed.screen_height,
    landed.locale,
    landed.timezone,
    landed.ip,
    landed.user_agent,
    landed.page_url,
    landed.page_path,
    landed.page_title,
    landed.referrer,
    landed.utm_source,
    landed.utm_medium,
    landed.utm_campaign,
    landed.utm_term,
    landed.utm_content,
    landed.view_id,
    landed.product_id,
    landed.list_id,
    landed.category,
    landed.brand,
    landed.position,
    landed.quantity,
    landed.price,
    landed.order_id,
    landed.cart_id,
    landed.value,
    landed.currency,
    landed.query,
    landed.loading_time_ms,
    landed.stay_time_ms,
    landed.error_class,
    landed.error_message,
    landed.properties,
    landed.origin,
    landed.landed_seq
from landed
inner join placed
    on
        landed.dt = placed.dt
        and landed.event_id = placed.event_id
        and landed.landed_seq = placed.landed_seq
        and landed.origin = placed.origin
