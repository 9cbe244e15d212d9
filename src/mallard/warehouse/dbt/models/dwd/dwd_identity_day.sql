-- The last user that each anonymous key was linked to on a day.
with events as (
    select
        dt,
        day_position,
        anonymous_key,
        user_id,
        alias_of
    from {{ ref('dwd_event_index') }}
    where {{ in_days() }} and not is_bot and user_id is not null
),

links as (
    select
        dt,
        anonymous_key,
        user_id,
        day_position
    from events
    where anonymous_key is not null
    union all
    select
        dt,
        alias_of as anonymous_key,
        user_id,
        day_position
    from events
    where alias_of is not null
)

select
    dt,
    anonymous_key,
    max_by(user_id, day_position) as user_id
from links
group by dt, anonymous_key
