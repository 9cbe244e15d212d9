-- The device of each person active on a day: of every attribute the last value known that day. Of the two systems'
-- versions only events of their own platform tell: a visit from a PC says nothing of the phone.
with events as (
    select
        dt,
        person_id,
        day_position,
        device_id,
        platform,
        os_name,
        os_version,
        device_brand,
        device_model,
        network,
        app_version,
        case
            when screen_width is not null and screen_height is not null
                then concat(cast(screen_width as {{ type_string() }}), 'x', cast(screen_height as {{ type_string() }}))
        end as screen,
        case when platform = 'android' then os_version end as android_version,
        case when platform = 'ios' then os_version end as ios_version
    from {{ ref('dwd_event') }}
    where {{ in_days() }} and is_active
)

select
    dt,
    person_id,
    {% for attribute in [
        'device_id', 'platform', 'os_name', 'os_version', 'device_brand', 'device_model', 'network', 'app_version',
        'screen', 'android_version', 'ios_version',
    ] %}
    max_by({{ attribute }}, day_position) filter (where {{ attribute }} is not null) as {{ attribute }}{{ ',' if not loop.last }}
    {% endfor %}
from events
group by dt, person_id
