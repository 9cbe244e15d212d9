-- Versions of each product, each with the time in which it is in force.
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
        {{ came_at('product_id') }} as changed_at
    from {{ source('ods', 'ods_product') }}
),

spans as (
    {{ with_validity('versions', 'product_id') }}
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
