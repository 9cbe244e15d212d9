-- To which session and person each event belongs.
--
-- A day is worked out from its own events, the last active event of each stream on the day before it (a session
-- goes on over midnight), the links of the days before it, and the links that sessions come to after it.
with indexed as (
    select
        dt,
        event_id,
        event_time,
        day_position,
        stream,
        anonymous_key,
        user_id,
        alias_of,
        is_active
    from {{ ref('dwd_event_index') }}
    where {{ in_days() }} and not is_bot
),

{% if not is_full() %}
carried as (
    select
        stream,
        dt,
        max(day_position) as day_position
    from {{ this }}
    where {{ in_days(behind=1) }} and not {{ in_days() }} and is_active
    group by stream, dt
),

kept_links as (
    select
        session_id,
        user_id,
        dt,
        day_position
    from {{ this }}
    where
        {{ from_first_day() }} and not {{ in_days() }}
        and session_dt < dt and user_id is not null and anonymous_key is not null
),
{% endif %}

placed as (
    select
        dt,
        event_id,
        event_time,
        day_position,
        stream,
        anonymous_key,
        user_id,
        case when anonymous_key is not null then user_id end as link_user_id,
        is_active,
        cast(null as {{ type_string() }}) as carried_session_id,
        cast(null as date) as carried_session_dt,
        true as is_event
    from indexed
    union all
    select
        dt,
        event_id,
        event_time,
        day_position,
        alias_of as stream,
        cast(null as {{ type_string() }}) as anonymous_key,
        cast(null as {{ type_string() }}) as user_id,
        user_id as link_user_id,
        false as is_active,
        cast(null as {{ type_string() }}) as carried_session_id,
        cast(null as date) as carried_session_dt,
        false as is_event
    from indexed
    where alias_of is not null and user_id is not null
    {% if not is_full() %}
    union all
    select
        before.dt,
        before.event_id,
        before.event_time,
        before.day_position,
        before.stream,
        before.anonymous_key,
        before.user_id,
        cast(null as {{ type_string() }}) as link_user_id,
        true as is_active,
        before.session_id as carried_session_id,
        before.session_dt as carried_session_dt,
        false as is_event
    from {{ this }} as before
    inner join carried
        on
            before.stream = carried.stream
            and before.dt = carried.dt
            and before.day_position = carried.day_position
    where {{ in_days('before.dt', behind=1) }} and before.is_active
    {% endif %}
),

followed as (
    select
        placed.*,
        max(case when is_active then event_time end) over (
            partition by stream order by event_time, event_id
            rows between unbounded preceding and 1 preceding
        ) as active_before
    from placed
),

headed as (
    select
        followed.*,
        is_active and (
            carried_session_id is not null
            or active_before is null
            or event_time > {{ add_minutes('active_before', 30) }}
        ) as is_head
    from followed
),

spread as (
    select
        headed.*,
        {{ last_known("case when is_head then coalesce(carried_session_id, event_id) end") }} over (
            partition by stream order by event_time, event_id
            rows between unbounded preceding and current row
        ) as running_session_id,
        {{ last_known("case when is_head then coalesce(carried_session_dt, dt) end") }} over (
            partition by stream order by event_time, event_id
            rows between unbounded preceding and current row
        ) as running_session_dt,
        {{ last_known("link_user_id") }} over (
            partition by stream order by event_time, event_id
            rows between unbounded preceding and current row
        ) as running_user_id,
        {{ last_known("case when link_user_id is not null then dt end") }} over (
            partition by stream order by event_time, event_id
            rows between unbounded preceding and current row
        ) as running_link_dt
    from headed
),

joined as (
    select
        spread.*,
        is_active or event_time <= {{ add_minutes('active_before', 30) }} as in_session
    from spread
    where is_event
),

session_links as (
    select
        session_id,
        min_by(user_id, (dt, day_position)) as user_id
    from (
        select
            running_session_id as session_id,
            link_user_id as user_id,
            dt,
            day_position
        from joined
        where in_session and link_user_id is not null
        {% if not is_full() %}
        union all
        select
            session_id,
            user_id,
            dt,
            day_position
        from kept_links
        {% endif %}
    ) as links
    group by session_id
),

link_spans as (
    select
        anonymous_key,
        user_id,
        dt as linked_dt,
        lead(dt) over (partition by anonymous_key order by dt) as next_linked_dt
    from {{ ref('dwd_identity_day') }}
)

select
    joined.dt,
    joined.event_id,
    joined.event_time,
    joined.day_position,
    joined.stream,
    joined.anonymous_key,
    joined.user_id,
    joined.is_active,
    case when joined.in_session then joined.running_session_id end as session_id,
    case when joined.in_session then joined.running_session_dt end as session_dt,
    coalesce(
        joined.user_id,
        case when joined.running_link_dt = joined.dt then joined.running_user_id end,
        link_spans.user_id,
        session_links.user_id
    ) as person_user_id
from joined
left join link_spans
    on
        joined.user_id is null
        and joined.anonymous_key = link_spans.anonymous_key
        and joined.dt > link_spans.linked_dt
        and joined.dt <= coalesce(link_spans.next_linked_dt, date '9999-12-31')
left join session_links
    on
        joined.user_id is null
        and joined.in_session
        and joined.running_session_id = session_links.session_id
