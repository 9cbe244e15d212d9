"""The Segment dialect: one event of a request, brought to the canonical event in SQL.

``properties`` (``traits`` for identify and group; RudderStack's identify has them in its context alone) and
``context`` are kept as they came. The batch's context and ``sentAt`` hold where the event has none of its
own. Fields of the event that have no column are kept in ``context`` under ``unmapped``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mallard.events.event import EVENT_TYPES
from mallard.events.strict import doubtful
from mallard.events.timing import believable, instant

NAMES = {
    "page": "Page Viewed",
    "screen": "Screen Viewed",
    "identify": "Identify",
    "alias": "Alias",
    "group": "Group",
}
"""Event names of the calls that carry none, so that no page can pass for a track event by its name."""

_ANY: Mapping[str, Collection[str]] = {}
MAX_ID = 255
MAX_MESSAGE_ID = 100
NETWORKS = ("wifi", "2g", "3g", "4g", "5g", "cellular", "offline", "unknown")

_EVENT = """{"type": "VARCHAR", "event": "JSON", "name": "VARCHAR", "messageId": "VARCHAR",
    "userId": "VARCHAR", "anonymousId": "VARCHAR", "previousId": "VARCHAR", "timestamp": "VARCHAR",
    "originalTimestamp": "VARCHAR", "sentAt": "VARCHAR", "channel": "VARCHAR", "properties": "JSON",
    "traits": "JSON", "context": "JSON"}"""
_CONTEXT = """{"app": {"version": "VARCHAR", "build": "VARCHAR"},
    "device": {"id": "VARCHAR", "manufacturer": "VARCHAR", "model": "VARCHAR", "type": "VARCHAR"},
    "os": {"name": "VARCHAR", "version": "VARCHAR"},
    "network": {"wifi": "BOOLEAN", "cellular": "BOOLEAN", "type": "VARCHAR"},
    "screen": {"width": "DOUBLE", "height": "DOUBLE"},
    "campaign": {"source": "VARCHAR", "medium": "VARCHAR", "name": "VARCHAR", "term": "VARCHAR",
        "content": "VARCHAR"},
    "page": {"url": "VARCHAR", "path": "VARCHAR", "title": "VARCHAR", "referrer": "VARCHAR"},
    "referrer": {"url": "VARCHAR"}, "library": {"name": "VARCHAR"}, "channel": "VARCHAR",
    "locale": "VARCHAR", "timezone": "VARCHAR", "userAgent": "VARCHAR", "ip": "VARCHAR",
    "sessionId": "VARCHAR"}"""
_PROPERTIES = """{"url": "VARCHAR", "path": "VARCHAR", "title": "VARCHAR", "referrer": "VARCHAR",
    "view_id": "VARCHAR", "product_id": "VARCHAR", "list_id": "VARCHAR", "category": "VARCHAR",
    "brand": "VARCHAR", "position": "BIGINT", "quantity": "BIGINT", "price": "DECIMAL(18,4)",
    "order_id": "VARCHAR", "cart_id": "VARCHAR", "value": "DECIMAL(18,4)", "total": "DECIMAL(18,4)",
    "revenue": "DECIMAL(18,4)", "currency": "VARCHAR", "query": "VARCHAR", "loading_time_ms": "BIGINT",
    "stay_time_ms": "BIGINT", "error_class": "VARCHAR", "error_message": "VARCHAR"}"""

_NAMED = """(event_type = 'screen'
    or (event_type = 'page' and coalesce(nullif(p.title, ''), nullif(c.page.title, '')) is null))"""
"""Whether the call's own name is the title: always for a screen, for a page without another title."""

_NOT_AN_OBJECT = r"if(left(item, 1) = '{', false, ltrim(item, e' \t\r\n') not like '{%')"
"""Of an item that is JSON; a body or a line may begin with white space."""

_TYPES = ", ".join(f"'{name}'" for name in EVENT_TYPES)


def parsing(items: str) -> str:
    """SQL: the events of ``items`` taken apart, one row each, for :func:`mapping`.

    items: item, refusal, kind, context, sent_at, place (unique to the event), origin, source, received_at,
    arrived, ip, user_agent; context and sent_at are the batch's.
    """
    return f"""
    with parsed as (
        select *, if(refusal is null, try(json_transform(item, '{_EVENT}')), null) as e from {items}
    ),
    whole as (
        select
            * exclude (context),
            {_whole("e.context")} as ctx,
            case coalesce(e.type, kind)
                when 'identify' then coalesce(
                    e.traits, if(json_type(ctx, '$.traits') = 'OBJECT', ctx -> '$.traits', null)
                )
                when 'group' then e.traits
                else e.properties
            end as props,
        from parsed
    ),
    typed as (
        select
            *, try(json_transform(ctx, '{_CONTEXT}')) as c, try(json_transform(props, '{_PROPERTIES}')) as p,
        from whole
    )
    select
        *,
        nullif(coalesce(e.type, if(kind in ({_TYPES}), kind, null)), '') as event_type,
        coalesce(nullif(c.userAgent, ''), nullif(user_agent, '')) as agent,
        {believable(instant("coalesce(e.timestamp, e.originalTimestamp)"))} as original_time,
        {believable(instant("coalesce(e.sentAt, sent_at)"))} as sent_time,
    from typed
    """


def distinct_agents(items: str) -> str:
    """SQL: the user agents of ``items``, told apart by the very steps of :func:`parsing`."""
    return f"""
    with parsed as (
        select
            context, user_agent,
            if(refusal is null, try(json_transform(item, '{{"context": "JSON"}}')), null).context as own,
        from {items}
    )
    select distinct coalesce(nullif(c.userAgent, ''), nullif(user_agent, '')) as agent
    from (
        select user_agent, try(json_transform({_whole("own")}, '{{"userAgent": "VARCHAR"}}')) as c,
        from parsed
    )
    where agent is not null
    """


def _whole(own: str) -> str:
    """An event's context laid over its batch's."""
    return f"""
        case
            when context is null then {own}
            when {own} is null then context
            else json_merge_patch(context, {own})
        end
    """


def mapping(
    parsed: str, agents: str, max_bytes: int, truncate: bool, allowed: Mapping[str, Collection[str]] = _ANY
) -> str:
    """SQL: one row per event of ``parsed`` with the columns of an event, ``reason``, ``doubtful``, ``raw``.

    agents: what the distinct user agents say (the columns of :class:`mallard.events.agents.Agent`).
    truncate: drop the last octet of IPv4 and 80 bits of IPv6 addresses that the event itself tells.
    allowed: names of track calls that a source may send, where it is limited to some. Lines of a log that
    may be no JSON are doubtful; of requests that was found out when they were split.
    """
    return f"""
    with joined as (
        select t.*, a.* exclude (user_agent), from {parsed} as t left join {agents} as a
            on a.user_agent = t.agent
    ),
    placed as (
        select *, {_platform()} as platform, {_address(truncate)} as told_ip, from joined
    )
    select
        {_reason(max_bytes, allowed)} as reason,
        kind = 'lines' and e is not null and {doubtful("item")} as doubtful,
        item as raw,
        coalesce(nullif(e.messageId, ''), place) as event_id,
        {_name()} as event_name,
        event_type,
        received_at,
        sent_time as sent_at,
        original_time,
        source,
        {_text("e.userId")} as user_id,
        {_text("e.anonymousId")} as anonymous_id,
        {_text("e.previousId")} as previous_id,
        {_text("c.device.id")} as device_id,
        {_text("c.sessionId")} as session_id,
        platform,
        {_app_version()} as app_version,
        {_text("c.app.build")} as app_build,
        coalesce({_text("c.os.name")}, if(platform <> 'server', os_name, null)) as os_name,
        if({_text("c.os.name")} is null and platform <> 'server', os_version, {_text("c.os.version")})
            as os_version,
        coalesce({_text("c.device.manufacturer")}, if(platform <> 'server', device_brand, null))
            as device_brand,
        coalesce({_text("c.device.model")}, if(platform <> 'server', device_model, null)) as device_model,
        {_network()} as network,
        try_cast(c.screen.width as bigint) as screen_width,
        try_cast(c.screen.height as bigint) as screen_height,
        {_text("c.locale")} as locale,
        {_text("c.timezone")} as timezone,
        coalesce(told_ip, {_text("ip")}) as ip,
        agent as user_agent,
        coalesce(is_bot, false) as is_bot,
        coalesce({_text("p.url")}, {_text("c.page.url")}) as page_url,
        coalesce({_text("p.path")}, {_text("c.page.path")}) as page_path,
        coalesce(if({_NAMED}, {_text("e.name")}, null), {_text("p.title")}, {_text("c.page.title")})
            as page_title,
        coalesce({_referrer("p.referrer")}, {_referrer("c.page.referrer")}, {_text("c.referrer.url")})
            as referrer,
        {_text("c.campaign.source")} as utm_source,
        {_text("c.campaign.medium")} as utm_medium,
        {_text("c.campaign.name")} as utm_campaign,
        {_text("c.campaign.term")} as utm_term,
        {_text("c.campaign.content")} as utm_content,
        {", ".join(f"{_text(f'p.{name}')} as {name}" for name in ("view_id", "product_id", "list_id"))},
        {_text("p.category")} as category,
        {_text("p.brand")} as brand,
        p.position as position,
        p.quantity as quantity,
        p.price as price,
        {_text("p.order_id")} as order_id,
        {_text("p.cart_id")} as cart_id,
        coalesce(p.value, p.total, p.revenue) as value,
        {_text("p.currency")} as currency,
        {_text("p.query")} as query,
        p.loading_time_ms as loading_time_ms,
        p.stay_time_ms as stay_time_ms,
        {_text("p.error_class")} as error_class,
        {_text("p.error_message")} as error_message,
        props::varchar as properties,
        {_context()} as context,
        origin,
        arrived,
    from placed
    """


def _text(value: str) -> str:
    return f"nullif({value}, '')"


def _referrer(value: str) -> str:
    """RudderStack's browser SDK says '$direct' where there is none."""
    return f"nullif({_text(value)}, '$direct')"


def _app_version() -> str:
    """The shop's own; RudderStack's browser SDK gives its own version for the app's."""
    return f"if(lower(c.library.name) = 'rudderlabs javascript sdk', null, {_text('c.app.version')})"


def _name() -> str:
    calls = " ".join(f"when '{call}' then '{name}'" for call, name in NAMES.items())
    return f"case event_type when 'track' then e.event ->> '$' {calls} end"


def _platform() -> str:
    """The client's word first: a web page on a phone is web, an app on it is not."""
    return """
        case
            when lower(coalesce(e.channel, c.channel)) in ('web', 'browser', 'client')
                or lower(c.library.name) in ('analytics.js', 'rudderlabs javascript sdk') then 'web'
            when lower(c.device.type) = 'ios' or lower(c.os.name) in ('ios', 'ipados', 'tvos', 'watchos')
                then 'ios'
            when lower(coalesce(c.device.type, c.os.name)) = 'android' then 'android'
            when lower(coalesce(e.channel, c.channel)) = 'server'
                or regexp_matches(lower(c.library.name), 'python|node|java$|golang|[-/]go$|ruby|php|net|rust')
                then 'server'
            when is_browser then 'web'
            else 'other'
        end
    """


def _address(truncate: bool) -> str:
    """The address in the event's context: of IPv6 the first three groups are kept.

    Programs copy it from X-Forwarded-For (the first counts), with a port, or as IPv4 within IPv6. What cannot
    be cut because it is no address is not kept.
    """
    if not truncate:
        return _text("c.ip")
    told = "trim(split_part(c.ip, ',', 1))"
    ipv4 = rf"regexp_extract({told}, '^(?:::ffff:)?(\d+\.\d+\.\d+)\.\d+(?::\d+)?$', 1, 'i')"
    ipv6 = rf"regexp_extract({told}, '^\[?([0-9a-f]*:[0-9a-f:.]*)(?:%[^\]]*)?(?:\](?::\d+)?)?$', 1, 'i')"
    return f"""
        case
            when {ipv4} <> '' then {ipv4} || '.0'
            when {ipv6} <> '' then
                array_to_string(string_split(split_part({ipv6}, '::', 1), ':')[1:3], ':') || '::'
        end
    """


def _network() -> str:
    known = ", ".join(f"'{name}'" for name in NETWORKS)
    return f"""
        case
            when lower(c.network.type) in ({known}) then lower(c.network.type)
            when c.network.wifi then 'wifi'
            when c.network.cellular then 'cellular'
            when c.network.wifi = false and c.network.cellular = false then 'offline'
        end
    """


def _context() -> str:
    """The context, with the event's own fields that became nothing else under ``unmapped``."""
    mapped = ("type", "messageId", "userId", "anonymousId", "previousId", "context", "channel")
    others = ("event", "name", "timestamp", "originalTimestamp", "sentAt", "properties", "traits")
    known = " + ".join(f"(e.{name} is not null)::int" for name in (*mapped, *others))
    patch = " || ".join(
        [
            '\'{"writeKey":null,"request_ip":null\'',
            *(f"""',"{name}":null'""" for name in mapped),
            """if(event_type = 'track', ',"event":null', '')""",
            """if(event_type in ('identify', 'group'), ',"traits":null', ',"properties":null')""",
            """if(original_time is null, '', ',"timestamp":null,"originalTimestamp":null')""",
            """if(sent_time is null, '', ',"sentAt":null')""",
            f"""if({_NAMED}, ',"name":null', '')""",
            "'}'",
        ]
    )
    odd = f"""
        len(json_keys(item)) > {known}
        or (original_time is null and coalesce(e.timestamp, e.originalTimestamp) is not null)
        or (sent_time is null and e.sentAt is not null)
        or (event_type <> 'track' and e.event is not null)
        or (e.name is not null and not {_NAMED})
        or (if(event_type in ('identify', 'group'), e.properties, e.traits) is not null)
    """
    return f"""
        case
            when e is null or {_NOT_AN_OBJECT} then null
            when {odd} then json_merge_patch(
                coalesce(ctx, '{{}}'),
                if(told_ip is null, '{{}}', json_object('ip', told_ip)),
                json_object('unmapped', json_merge_patch(item, {patch}))
            )::varchar
            when told_ip is distinct from c.ip then json_merge_patch(ctx, json_object('ip', told_ip))::varchar
            else ctx::varchar
        end
    """


def _bad_id(column: str, longest: int = MAX_ID) -> str:
    """A JSON container or a truth value in place of an id, or one of endless length."""
    return (
        f"(length({column}) > {longest} or left({column}, 1) in ('{{', '[') or {column} in ('true', 'false'))"
    )


def _no_object(column: str) -> str:
    return f"({column} is not null and left({column}::varchar, 1) <> '{{')"


def _reason(max_bytes: int, allowed: Mapping[str, Collection[str]]) -> str:
    """The first reason that holds; :func:`mallard.events.refusal.refusal` says the same in Python."""
    bad_ids = [_bad_id(f"e.{name}") for name in ("userId", "anonymousId", "previousId")]
    return f"""
        case
            when refusal is not null then refusal
            when e is null then if(json_valid(item), 'not_an_object', 'malformed_json')
            when {_NOT_AN_OBJECT} then 'not_an_object'
            when strlen(item) > {max_bytes} then 'too_large'
            when event_type is null or event_type not in ({_TYPES}) then 'unknown_type'
            when event_type = 'track' and (e.event is null or left(e.event::varchar, 1) <> '"'
                or (e.event ->> '$') = '') then 'missing_event_name'
            when {" or ".join(bad_ids)} or {_bad_id("e.messageId", MAX_MESSAGE_ID)}
                or {_bad_id("c.device.id")} then 'bad_id'
            when coalesce(nullif(e.userId, ''), nullif(e.anonymousId, ''), nullif(c.device.id, '')) is null
                then 'no_identity'
            when {" or ".join(_no_object(name) for name in ("e.properties", "e.traits", "ctx"))}
                then 'bad_value'
            {" ".join(_not_allowed(source, names) for source, names in allowed.items())}
        end
    """


def _not_allowed(source: str, names: Collection[str]) -> str:
    listed = ", ".join(_literal(name) for name in names)
    return f"""
            when source = {_literal(source)} and event_type = 'track' and (e.event ->> '$') not in ({listed})
                then 'event_not_allowed'"""


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
