-- Versions of each category, each with the time in which it is in force.
{{ config(materialized='table') }}

with versions as (
    select
        category_id,
        level1_id,
        level1_name,
        level2_id,
        level2_name,
        level3_id,
        level3_name,
        change = 'delete' as is_deleted,
        load_seq,
        loaded_at as changed_at
    from {{ source('ods', 'ods_category') }}
),

spans as (
    {{ with_validity('versions', 'category_id') }}
)

select
    category_id,
    level1_id,
    level1_name,
    level2_id,
    level2_name,
    level3_id,
    level3_name,
    valid_from,
    valid_to
from spans
where valid_from < valid_to and not is_deleted
