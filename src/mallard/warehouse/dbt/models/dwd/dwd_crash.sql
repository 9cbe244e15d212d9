-- Crashes of the apps. Bots are left out.
{{ config(materialized='view') }}

select
    dt,
    event_id,
    event_time,
    person_id,
    session_id,
    platform,
    app_version,
    app_build,
    os_name,
    os_version,
    device_brand,
    device_model,
    error_class,
    error_message
from {{ ref('dwd_event') }}
where not is_bot and event_name = 'Application Crashed'
