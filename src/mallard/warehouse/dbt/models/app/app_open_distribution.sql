-- How many persons opened once, twice, three times or more.
with buckets as (
    select '1' as bucket
    union all
    select '2' as bucket
    union all
    select '3+' as bucket
),

opened as (
    select
        dt,
        case when opens = 1 then '1' when opens = 2 then '2' else '3+' end as bucket
    from {{ ref('dws_person_day') }}
    where {{ in_days() }} and opens > 0
),

counted as (
    select
        dt,
        bucket,
        count(*) as users
    from opened
    group by dt, bucket
),

days as (
    select
        days.dt,
        buckets.bucket,
        coalesce(counted.users, 0) as users,
        sum(coalesce(counted.users, 0)) over (partition by days.dt) as total_users
    from {{ ref('dim_date') }} as days
    cross join buckets
    left join counted on days.dt = counted.dt and buckets.bucket = counted.bucket
    where {{ in_days('days.dt') }}
)

select
    dt,
    bucket,
    cast(users as bigint) as users,
    cast(total_users as bigint) as total_users,
    cast({{ ratio('users', 'total_users') }} as decimal(18,6)) as share
from days
