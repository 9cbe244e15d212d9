"""The ``user_action.log`` dialect: one flat JSON object a line, brought to the canonical event in SQL.

The platform field wins over what the rest of a line says about the system; everything else is kept as it
came. What is no column of the canonical event stays in ``properties``.
"""

from __future__ import annotations

from mallard.events.strict import doubtful
from mallard.events.timing import believable

ACTS = {
    1: "Application Opened",
    2: "Product Clicked",
    3: "Product Viewed",
    4: "Product List Viewed",
    5: "Application Crashed",
}
PLATFORMS = {1: "android", 2: "ios", 3: "web"}
NETWORKS = {0: "unknown", 1: "wifi", 2: "2g", 3: "3g", 4: "4g", 5: "5g"}

_TEXTS = ("uid", "xaid", "ver", "vercode", "brand", "model", "display", "osver", "act", "goods_id")
_CODES = {"platform": PLATFORMS, "net": NETWORKS}
_NUMBERS = ("location", "loading_time", "stay_time")
_KEPT = ("ad_status", "goods_num", "loading_type")
_SHAPE = ", ".join(
    [
        *(f'"{name}": "VARCHAR"' for name in (*_TEXTS, *_CODES, *_NUMBERS)),
        *(f'"{name}": "JSON"' for name in _KEPT),
        '"acttime": "DOUBLE"',
    ]
)
_BEGINS = r"ltrim(item, e' \t\r') like '{%'"
"""White space may stand before the line's object."""
_KNOWN = (*_TEXTS, *_CODES, *_NUMBERS, *_KEPT, "acttime")


def mapping(items: str, max_bytes: int) -> str:
    """SQL: one row per line of ``items`` with the columns of an event, ``reason``, ``doubtful``, ``raw``.

    items: item, refusal, place (unique to the line), origin, source, received_at, arrived. A line that cannot
    be an event has a reason, and the other columns mean nothing then; one that may be no JSON is doubtful.
    """
    return f"""
    with parsed as (
        select *, if(refusal is null, try(json_transform(item, '{{{_SHAPE}}}')), null) as j from {items}
    ),
    fields as (
        select
            * exclude (j), unnest(j), j is null as unreadable,
            if(left(item, 1) = '{{', true, {_BEGINS}) as is_object,
            {_original("j.acttime")} as original_time,
            regexp_extract(j.display, '^(\\d{{1,5}})x(\\d{{1,5}})$', ['width', 'height']) as screen,
            {", ".join(f"{_whole(f'j.{name}')} as whole_{name}" for name in _NUMBERS)},
        from parsed
    ),
    looked_at as (
        select *, {_is_odd()} as odd, from fields
    )
    select
        {_reason(max_bytes)} as reason,
        not unreadable and {doubtful("item", nested="odd")} as doubtful,
        item as raw,
        concat_ws('-', place, try_cast(acttime as bigint)) as event_id,
        {_pick("act", ACTS)} as event_name,
        'track' as event_type,
        received_at,
        null::timestamp as sent_at,
        original_time,
        source,
        nullif(uid, '') as user_id,
        nullif(xaid, '') as device_id,
        coalesce({_pick("platform", PLATFORMS)}, 'other') as platform,
        nullif(ver, '') as app_version,
        nullif(vercode, '') as app_build,
        {_os_name()} as os_name,
        {_os_version()} as os_version,
        nullif(brand, '') as device_brand,
        nullif(model, '') as device_model,
        coalesce({_pick("net", NETWORKS)}, 'unknown') as network,
        try_cast(screen.width as bigint) as screen_width,
        try_cast(screen.height as bigint) as screen_height,
        false as is_bot,
        nullif(goods_id, '') as product_id,
        whole_location as position,
        whole_loading_time as loading_time_ms,
        whole_stay_time as stay_time_ms,
        {_properties()} as properties,
        origin,
        arrived,
    from looked_at
    """


def _original(acttime: str) -> str:
    micros = f"try_cast({acttime} * 1000 as bigint)"
    bounded = f"case when {acttime} between -62135596800000 and 253402300799000 then {micros} end"
    return believable(f"make_timestamp({bounded})")


def _whole(column: str) -> str:
    """A number without a fraction, whether written as 5, 5.0 or "5"; NULL for all else, even what casts."""
    number = f"try_cast({column} as bigint)"
    return f"case when {column} in ({number}::varchar, {number} || '.0') then {number} end"


def _pick(column: str, names: dict[int, str]) -> str:
    cases = " ".join(
        f"when '{code}{end}' then '{name}'" for end in ("", ".0") for code, name in names.items()
    )
    return f"case {column} {cases} end"


def _os_name() -> str:
    """The platform's system for apps; on a PC, Windows from osver 'win10' and the like."""
    return f"""
        case {_pick("platform", PLATFORMS)}
            when 'android' then 'Android' when 'ios' then 'iOS'
            when 'web' then if(osver like 'win%', 'Windows', null)
        end
    """


def _os_version() -> str:
    is_pc = "platform in ('3', '3.0')"
    return f"if({is_pc} and osver like 'win_%', substr(osver, 4), nullif(osver, ''))"


def _is_odd() -> str:
    """Whether something of a line fits no column: more keys than are known, or a value of another kind.

    A list, an object or a truth value where a number is usual counts too."""
    given = " + ".join(f"({name} is not null)::int" for name in _KNOWN)
    return f"""case when unreadable or not is_object then false else
        len(json_keys(item)) > {given} or original_time is null
        or (display is not null and coalesce(screen.width, '') = '')
        or {" or ".join(f"{_pick(name, names)} is null" for name, names in _CODES.items())}
        or {" or ".join(f"({name} is not null and whole_{name} is null)" for name in _NUMBERS)}
        or {" or ".join(f"coalesce({name}::varchar >= '[', false)" for name in _KEPT)}
    end"""


def _bad_id(column: str) -> str:
    """A JSON container or a truth value in place of an id, or one of endless length."""
    return f"(length({column}) > 255 or left({column}, 1) in ('{{', '[') or {column} in ('true', 'false'))"


def _reason(max_bytes: int) -> str:
    """The first reason that holds, in the order of what can be said of a line."""
    return f"""
        case
            when refusal is not null then refusal
            when unreadable then {_unreadable()}
            when not is_object then 'not_an_object'
            when strlen(item) > {max_bytes} then 'too_large'
            when act is null or act = '' then 'missing_act'
            when {_pick("act", ACTS)} is null then 'unknown_act'
            when {_bad_id("uid")} or {_bad_id("xaid")} then 'bad_id'
            when coalesce(uid, '') = '' and coalesce(xaid, '') = '' then 'no_identity'
            when acttime is null or (acttime in (0, 1) and json_type(item, '$.acttime') = 'BOOLEAN')
                then 'bad_time'
        end
    """


def _unreadable() -> str:
    return f"""
        case
            when json_valid(item) then 'not_an_object'
            when {_BEGINS} and rtrim(item, e' \\t\\r') not like '%}}' then 'cut_line'
            else 'malformed_json'
        end
    """


def _properties() -> str:
    """The keys that became no column: put together where a line is usual, the long way where it is not."""
    usual = "concat_ws(',', " + ", ".join(f"""'"{name}":' || {name}""" for name in _KEPT) + ")"
    taken = {
        **{name: f"{name} is not null" for name in _TEXTS if name != "display"},
        **{name: f"{_pick(name, names)} is not null" for name, names in _CODES.items()},
        **{name: f"whole_{name} is not null" for name in _NUMBERS},
        "display": "coalesce(screen.width, '') <> ''",
        "acttime": "original_time is not null",
    }
    nulls = ", ".join(f"""if({is_taken}, '"{name}":null', null)""" for name, is_taken in taken.items())
    return f"""
        case
            when unreadable or not is_object then null
            when odd then json_merge_patch(item, '{{' || concat_ws(',', {nulls}) || '}}')::varchar
            else '{{' || {usual} || '}}'
        end
    """
