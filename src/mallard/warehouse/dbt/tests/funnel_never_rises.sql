-- No step of the funnel is reached by more than the step before.
{{ config(tags=['identity']) }}

with steps as (
    select
        dt,
        unit,
        step_number,
        reached,
        lag(reached) over (partition by dt, unit order by step_number) as reached_before
    from {{ ref('app_conversion') }}
)

select
    dt,
    unit,
    step_number
from steps
where reached > reached_before
