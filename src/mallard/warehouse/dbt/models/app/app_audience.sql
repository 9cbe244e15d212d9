-- Active persons by device attributes; a person counts once in a dimension, with its last value of the day.
with persons as (
    select
        dt,
        platform,
        os_name,
        android_version,
        ios_version,
        device_brand,
        device_model,
        network,
        app_version,
        screen
    from {{ ref('dws_audience_day') }}
    where {{ in_days() }}
),

{% set dimensions = [
    ('platform', 'platform', none), ('os', 'os_name', none),
    ('android_version', 'android_version', 'android'), ('ios_version', 'ios_version', 'ios'),
    ('brand', 'device_brand', none), ('model', 'device_model', none), ('network', 'network', none),
    ('app_version', 'app_version', none), ('screen', 'screen', none),
] %}
counted as (
    {% for dimension, column, platform in dimensions %}
    select
        dt,
        '{{ dimension }}' as dimension,
        coalesce({{ column }}, 'unknown') as value,
        count(*) as users
    from persons
    {% if platform %}where platform = '{{ platform }}'{% endif %}

    group by dt, coalesce({{ column }}, 'unknown')
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

totals as (
    select
        dt,
        dimension,
        value,
        users,
        sum(users) over (partition by dt, dimension) as total_users
    from counted
)

select
    totals.dt,
    totals.dimension,
    totals.value,
    cast(totals.users as bigint) as users,
    cast(totals.total_users as bigint) as total_users,
    cast({{ ratio('totals.users', 'totals.total_users') }} as decimal(18,6)) as share
from totals
inner join {{ ref('dim_date') }} as days on totals.dt = days.dt
