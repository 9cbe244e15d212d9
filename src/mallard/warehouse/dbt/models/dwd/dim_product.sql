-- Versions of each product, each with the time in which it is in force.
-- In force at an instant is the version loaded last among those valid from then or before; the first version
-- known reaches back for ever, a delete ends the last one.
{{ config(materialized='table') }}

with versions as (
    select
        product_id,
        sku,
        name,
        category_id,
        brand,
        price,
        description,
        created_at,
        updated_at,
        change = 'delete' as is_deleted,
        load_seq,
        coalesce(updated_at, loaded_at) as changed_at
    from {{ source('ods', 'ods_product') }}
),

spans as (
    select
        versions.*,
        case
            when row_number() over (partition by product_id order by load_seq) = 1
                then timestamp '1000-01-01 00:00:00+00'
            else changed_at
        end as valid_from,
        coalesce(
            min(changed_at) over (
                partition by product_id order by load_seq
                rows between 1 following and unbounded following
            ),
            timestamp '9999-12-31 00:00:00+00'
        ) as valid_to
    from versions
)

select
    product_id,
    sku,
    name,
    category_id,
    brand,
    price,
    description,
    created_at,
    updated_at,
    valid_from,
    valid_to
from spans
where valid_from < valid_to and not is_deleted
