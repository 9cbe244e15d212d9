-- Crashes and the persons they hit, by platform and version.
with versions as (
    select
        dt,
        person_id,
        platform,
        {{ beside_all('app_version') }} as app_version,
        crashes,
        case when is_active then 1 else 0 end as is_active
    from {{ ref('dws_crash_day') }}
    where {{ in_days() }}
),

persons as (
    select dt, person_id, platform, app_version, crashes, is_active from versions
    union all
    select
        dt,
        person_id,
        platform,
        'all' as app_version,
        sum(crashes) as crashes,
        max(is_active) as is_active
    from versions
    group by dt, person_id, platform
    union all
    select
        dt,
        person_id,
        'all' as platform,
        'all' as app_version,
        sum(crashes) as crashes,
        max(is_active) as is_active
    from versions
    group by dt, person_id
),

counted as (
    select
        dt,
        platform,
        app_version,
        sum(crashes) as crashes,
        sum(case when crashes > 0 then 1 else 0 end) as affected_users,
        sum(is_active) as active_users,
        sum(case when is_active = 1 and crashes = 0 then 1 else 0 end) as crash_free_users
    from persons
    group by dt, platform, app_version
),

grid as (
    select dt, platform, app_version from counted
    union
    select dt, 'all' as platform, 'all' as app_version from {{ ref('dim_date') }} where {{ in_days() }}
)

select
    grid.dt,
    grid.platform,
    grid.app_version,
    cast(coalesce(counted.crashes, 0) as bigint) as crashes,
    cast(coalesce(counted.affected_users, 0) as bigint) as affected_users,
    cast(coalesce(counted.active_users, 0) as bigint) as active_users,
    cast(coalesce(counted.crash_free_users, 0) as bigint) as crash_free_users,
    cast({{ ratio('counted.crash_free_users', 'counted.active_users') }} as decimal(18,6)) as crash_free_user_rate
from grid
inner join {{ ref('dim_date') }} as days on grid.dt = days.dt
left join counted
    on
        grid.dt = counted.dt
        and grid.platform = counted.platform
        and grid.app_version = counted.app_version
