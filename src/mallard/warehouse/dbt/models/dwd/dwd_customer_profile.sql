-- Profiles of customers as they are now: the newest version of each key; what was deleted is gone.
{{ config(materialized='latest', unique_key=['customer_id']) }}

with versions as (
    select
        customer_id,
        is_pregnant,
        has_children,
        has_car,
        phone_brand,
        phone_count,
        phone_change_count,
        weight_kg,
        height_cm,
        change = 'delete' as is_deleted,
        row_number() over (partition by customer_id order by load_seq desc, loaded_at desc) as newest
    from {{ source('ods', 'ods_customer_profile') }}
    where {{ unbuilt('customer_profile') }}
)

select
    customer_id,
    is_pregnant,
    has_children,
    has_car,
    phone_brand,
    phone_count,
    phone_change_count,
    weight_kg,
    height_cm,
    is_deleted
from versions
where newest = 1
