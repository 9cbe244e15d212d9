-- Customers as they are now: the newest version of each key; what was deleted is gone.
{{ config(materialized='latest', unique_key=['customer_id']) }}

with versions as (
    select
        customer_id,
        name,
        gender,
        birth_date,
        email,
        phone,
        registered_at,
        is_blocked,
        updated_at,
        change = 'delete' as is_deleted,
        row_number() over (partition by customer_id order by load_seq desc, loaded_at desc) as newest
    from {{ source('ods', 'ods_customer') }}
    where {{ unbuilt('customer') }}
)

select
    customer_id,
    name,
    gender,
    birth_date,
    email,
    phone,
    registered_at,
    is_blocked,
    updated_at,
    is_deleted
from versions
where newest = 1
