-- The first copy of every event, as little of it as sessions and persons need.
with landed as (
    select
        dt,
        event_id,
        event_time,
        event_type,
        event_name,
        user_id,
        coalesce(anonymous_id, device_id) as anonymous_key,
        previous_id,
        is_bot,
        order_id,
        landed_seq,
        origin
    from {{ source('ods', 'ods_event') }}
    where {{ in_days() }}
),

ranked as (
    select
        landed.*,
        row_number() over (partition by event_id order by landed_seq, origin) as copy
    from landed
)

select
    ranked.dt,
    ranked.event_id,
    ranked.event_time,
    row_number() over (partition by ranked.dt order by ranked.event_time, ranked.event_id) as day_position,
    coalesce(ranked.anonymous_key, ranked.user_id) as stream,
    ranked.anonymous_key,
    ranked.user_id,
    case when ranked.event_type = 'alias' then ranked.previous_id end as alias_of,
    case when ranked.event_name = 'Order Completed' then ranked.order_id end as completed_order_id,
    ranked.is_bot,
    not ranked.is_bot and ranked.event_name <> 'Application Crashed' as is_active,
    ranked.landed_seq,
    ranked.origin
from ranked
{% if not is_full() %}
left join {{ this }} as known
    on ranked.event_id = known.event_id and not {{ in_days('known.dt') }}
{% endif %}
where ranked.copy = 1
{% if not is_full() %}
    and known.event_id is null
{% endif %}
