-- What came in on a day and what became of it.
{% set tables = [
    'customer', 'customer_profile', 'address', 'category', 'product', 'orders', 'order_item', 'payment',
    'shipment', 'refund', 'coupon_use',
] %}
with events as (
    select
        received_dt as dt,
        source,
        sum(landed) as landed,
        sum(duplicates) as duplicates,
        sum(late) as late,
        sum(bots) as bots,
        sum(time_corrected) as time_corrected,
        max(freshness) as freshness
    from {{ ref('dwd_event_arrival') }}
    where {{ in_days('received_dt') }}
    group by received_dt, source
),

versions as (
    {% for table in tables %}
    select
        '{{ table }}' as table_name,
        {{ business_date('loaded_at') }} as dt,
        loaded_at
    from {{ source('ods', 'ods_' ~ table) }}
    where {{ in_days('loaded', behind=1, ahead=1) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

tables as (
    select
        dt,
        concat('db:', table_name) as source,
        count(*) as landed,
        0 as duplicates,
        0 as late,
        0 as bots,
        0 as time_corrected,
        max(loaded_at) as freshness
    from versions
    where {{ in_days() }}
    group by dt, table_name
),

landed as (
    select dt, source, landed, duplicates, late, bots, time_corrected, freshness from events
    union all
    select dt, source, landed, duplicates, late, bots, time_corrected, freshness from tables
),

quarantined as (
    select
        dt,
        source,
        count(*) as quarantined,
        max(received_at) as freshness
    from {{ source('ods', 'ods_quarantine') }}
    where {{ in_days() }}
    group by dt, source
)

select
    coalesce(landed.dt, quarantined.dt) as dt,
    coalesce(landed.source, quarantined.source) as source,
    cast(coalesce(landed.landed, 0) + coalesce(quarantined.quarantined, 0) as bigint) as received,
    cast(coalesce(landed.landed, 0) as bigint) as landed,
    cast(coalesce(landed.duplicates, 0) as bigint) as duplicates,
    cast(coalesce(quarantined.quarantined, 0) as bigint) as quarantined,
    cast(coalesce(landed.late, 0) as bigint) as late,
    cast(coalesce(landed.bots, 0) as bigint) as bots,
    cast(coalesce(landed.time_corrected, 0) as bigint) as time_corrected,
    greatest(landed.freshness, quarantined.freshness) as freshness
from landed
full outer join quarantined on landed.dt = quarantined.dt and landed.source = quarantined.source
