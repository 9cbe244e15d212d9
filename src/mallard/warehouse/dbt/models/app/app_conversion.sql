-- Ordered funnel of persons and sessions, a row for each step.
{% set steps = ['visit', 'view', 'cart', 'checkout', 'order', 'pay'] %}
with counted as (
    select
        dt,
        unit,
        {% for step in steps %}
        count({{ step }}_at) as {{ step }}_reached,
        {% endfor %}
        {% for step in steps[1:] %}
        {{ twice_median(micros_between(steps[loop.index0] ~ '_at', step ~ '_at')) }} as {{ step }}_twice_median{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('dws_funnel') }}
    where {{ in_days() }}
    group by dt, unit
),

units as (
    select 'person' as unit
    union all
    select 'session' as unit
),

by_step as (
    {% for step in steps %}
    select
        days.dt,
        units.unit,
        '{{ step }}' as step,
        {{ loop.index }} as step_number,
        coalesce(counted.{{ step }}_reached, 0) as reached,
        {% if loop.first %}
        cast(null as bigint) as reached_before,
        cast(null as bigint) as twice_median,
        {% else %}
        coalesce(counted.{{ steps[loop.index0 - 1] }}_reached, 0) as reached_before,
        counted.{{ step }}_twice_median as twice_median,
        {% endif %}
        coalesce(counted.visit_reached, 0) as visits
    from {{ ref('dim_date') }} as days
    cross join units
    left join counted on days.dt = counted.dt and units.unit = counted.unit
    where {{ in_days('days.dt') }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    dt,
    unit,
    step,
    cast(step_number as bigint) as step_number,
    cast(reached as bigint) as reached,
    cast({{ ratio('reached', 'reached_before') }} as decimal(18,6)) as step_rate,
    cast({{ ratio('reached', 'visits') }} as decimal(18,6)) as overall_rate,
    cast({{ ratio('twice_median', '2000000', 3) }} as decimal(18,3)) as median_seconds_from_previous
from by_step
