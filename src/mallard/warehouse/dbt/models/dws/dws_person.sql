-- Every person ever active, with the first and the last day.
{{ config(materialized='table') }}

select
    person_id,
    max(user_id) as user_id,
    min(dt) as first_active_dt,
    max(dt) as last_active_dt,
    count(*) as active_days
from {{ ref('dws_person_day') }}
where is_active
group by person_id
