-- Addresses as they are now: the newest version of each key; what was deleted is gone.
{{ config(materialized='latest', unique_key=['address_id']) }}

with versions as (
    select
        address_id,
        customer_id,
        address,
        province,
        country,
        is_default,
        recipient,
        phone,
        change = 'delete' as is_deleted,
        row_number() over (partition by address_id order by load_seq desc, loaded_at desc) as newest
    from {{ source('ods', 'ods_address') }}
    where {{ unbuilt('address') }}
)

select
    address_id,
    customer_id,
    address,
    province,
    country,
    is_default,
    recipient,
    phone,
    is_deleted
from versions
where newest = 1
