-- Versions of each customer, each with the time in which it is in force.
{{ config(materialized='table') }}

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
        load_seq,
        {{ came_at('customer_id') }} as changed_at
    from {{ source('ods', 'ods_customer') }}
),

spans as (
    {{ with_validity('versions', 'customer_id') }}
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
    valid_from,
    valid_to
from spans
where valid_from < valid_to and not is_deleted
