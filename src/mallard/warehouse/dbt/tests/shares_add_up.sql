-- Shares of a distribution add up to one, as far as six decimals go.
{{ config(tags=['identity']) }}

with parts as (
    select dt, 'opens' as dimension, users, total_users, share from {{ ref('app_open_distribution') }}
    union all
    select dt, dimension, users, total_users, share from {{ ref('app_audience') }}
)

select
    dt,
    dimension
from parts
group by dt, dimension, total_users
having sum(users) <> total_users or abs(sum(share) - 1) > count(*) * 0.000001
