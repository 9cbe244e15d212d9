-- What arrived was landed or set aside.
{{ config(tags=['identity']) }}

select
    dt,
    source
from {{ ref('app_data_quality') }}
where received <> landed + quarantined or duplicates > landed or late > landed or bots > landed
