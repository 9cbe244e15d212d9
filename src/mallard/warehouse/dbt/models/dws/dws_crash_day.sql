-- Persons of a day by platform and app version, with their crashes.
select
    dt,
    person_id,
    coalesce(platform, 'unknown') as platform,
    coalesce(app_version, 'unknown') as app_version,
    cast(sum(case when event_name = 'Application Crashed' then 1 else 0 end) as bigint) as crashes,
    max(case when is_active then 1 else 0 end) = 1 as is_active
from {{ ref('dwd_event') }}
where {{ in_days() }} and not is_bot
group by dt, person_id, coalesce(platform, 'unknown'), coalesce(app_version, 'unknown')
