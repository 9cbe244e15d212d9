-- Application Opened, Installed and Updated. Bots are left out.
{{ config(materialized='view') }}

select
    dt,
    event_id,
    event_time,
    person_id,
    session_id,
    platform,
    event_name,
    app_version,
    loading_time_ms
from {{ ref('dwd_event') }}
where not is_bot and event_name in ('Application Opened', 'Application Installed', 'Application Updated')
