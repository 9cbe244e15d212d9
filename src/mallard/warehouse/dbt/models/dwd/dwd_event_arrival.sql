-- What arrived, by the day of the event and the day of arrival.
with landed as (
    select
        dt,
        event_id,
        source,
        received_at,
        time_source,
        is_bot,
        landed_seq,
        origin,
        {{ business_date('received_at') }} as received_dt
    from {{ source('ods', 'ods_event') }}
    where {{ in_days() }}
),

first_copy as (
    select
        event_id,
        landed_seq,
        origin
    from {{ ref('dwd_event_index') }}
    where {{ in_days() }}
)

select
    landed.dt,
    landed.received_dt,
    landed.source,
    count(*) as landed,
    cast(sum(case when first_copy.event_id is null then 1 else 0 end) as bigint) as duplicates,
    cast(sum(case when landed.dt < landed.received_dt then 1 else 0 end) as bigint) as late,
    cast(sum(case when landed.is_bot then 1 else 0 end) as bigint) as bots,
    cast(sum(case when landed.time_source <> 'client' then 1 else 0 end) as bigint) as time_corrected,
    max(landed.received_at) as freshness
from landed
left join first_copy
    on
        landed.event_id = first_copy.event_id
        and landed.landed_seq = first_copy.landed_seq
        and landed.origin = first_copy.origin
group by landed.dt, landed.received_dt, landed.source
