-- Tables of a row a day have one for each of the warehouse's days, and none besides.
{{ config(tags=['identity']) }}

{% set tables = [
    'app_daily_users', 'app_active_users', 'app_churned_users', 'app_open_count', 'app_sales', 'app_order_timing'
] %}
with shown as (
    {% for table in tables %}
    select '{{ table }}' as name, dt from {{ ref(table) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

expected as (
    {% for table in tables %}
    select '{{ table }}' as name, dt from {{ ref('dim_date') }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    coalesce(shown.name, expected.name) as name,
    coalesce(shown.dt, expected.dt) as dt
from shown
full outer join expected on shown.name = expected.name and shown.dt = expected.dt
where shown.dt is null or expected.dt is null
