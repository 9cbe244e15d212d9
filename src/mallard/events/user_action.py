"""The ``user_action.log`` dialect: one flat JSON object a line, brought to the canonical event in SQL.

The platform field wins over what the rest of a line says about the system; everything else is kept as it
came. What is no column of the canonical event stays in ``properties``.
"""

from __future__ import annotations

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
_NUMBERS = ("platform", "net", "location", "loading_time", "stay_time")
_KEPT = ("ad_status", "goods_num", "loading_type")
_SHAPE = ", ".join(
    [
        *(f'"{name}": "VARCHAR"' for name in _TEXTS),
        *(f'"{name}": "BIGINT"' for name in _NUMBERS),
        *(f'"{name}": "JSON"' for name in _KEPT),
        '"acttime": "DOUBLE"',
    ]
)
_KNOWN = (*_TEXTS, *_NUMBERS, *_KEPT, "acttime")


def mapping(items: str, max_bytes: int) -> str:
    """SQL: one row per line of ``items`` with the columns of an event, ``reason`` and ``raw``.

    items: item, refusal, place (unique to the line), origin, source, received_at, arrived. A line that cannot
    be an event has a reason, and the other columns mean nothing then.
    """
    return f"""
    with parsed as (
        select *, if(refusal is null, try(json_transform(item, '{{{_SHAPE}}}')), null) as j from {items}
    ),
    fields as (
        select
            * exclude (j), unnest(j), j is null as unreadable, left(item, 1) = '{{' as is_object,
            {_original("j.acttime")} as original_time,
            regexp_extract(j.display, '^(\\d{{1,5}})x(\\d{{1,5}})$', ['width', 'height']) as screen,
        from parsed
    )
    select
        {_reason(max_bytes)} as reason,
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
        location as position,
        loading_time as loading_time_ms,
        stay_time as stay_time_ms,
        {_properties()} as properties,
        origin,
        arrived,
    from fields
    """


def _original(acttime: str) -> str:
    micros = f"try_cast({acttime} * 1000 as bigint)"
    bounded = f"case when {acttime} between -62135596800000 and 253402300799000 then {micros} end"
    return believable(f"make_timestamp({bounded})")


def _pick(column: str, names: dict[int, str]) -> str:
    cases = " ".join(f"when '{code}' then '{name}'" for code, name in names.items())
    return f"case {column} {cases} end"


def _os_name() -> str:
    """The platform's system for apps; on a PC, Windows from osver 'win10' and the like."""
    return (
        "case platform when 1 then 'Android' when 2 then 'iOS'"
        " when 3 then if(osver like 'win%', 'Windows', null) end"
    )


def _os_version() -> str:
    return "if(platform = 3 and osver like 'win_%', substr(osver, 4), nullif(osver, ''))"


def _bad_id(column: str) -> str:
    """A JSON container or a truth value in place of an id, or one of endless length."""
    return f"(length({column}) > 255 or left({column}, 1) in ('{{', '[') or {column} in ('true', 'false'))"


def _reason(max_bytes: int) -> str:
    """The first reason that holds, in the order of what can be said of a line."""
    return f"""
        case
            when refusal is not null then refusal
            when unreadable then {_unreadable()}
            when not is_object and ltrim(item) not like '{{%' then 'not_an_object'
            when strlen(item) > {max_bytes} then 'too_large'
            when act is null or act = '' then 'missing_act'
            when act not in ({", ".join(f"'{act}'" for act in ACTS)}) then 'unknown_act'
            when {_bad_id("uid")} or {_bad_id("xaid")} then 'bad_id'
            when coalesce(uid, '') = '' and coalesce(xaid, '') = '' then 'no_identity'
            when acttime is null then 'bad_time'
        end
    """


def _unreadable() -> str:
    return """
        case
            when json_valid(item) then 'not_an_object'
            when ltrim(item) like '{%' and rtrim(item, e' \\t\\r') not like '%}' then 'cut_line'
            else 'malformed_json'
        end
    """


def _properties() -> str:
    """The keys that became no column: put together where a line is usual, the long way where it is not."""
    given = " + ".join(f"({name} is not null)::int" for name in _KNOWN)
    usual = "concat_ws(',', " + ", ".join(f"""'"{name}":' || {name}""" for name in _KEPT) + ")"
    consumed = [*(name for name in _TEXTS if name != "display"), "location", "loading_time", "stay_time"]
    patch = " || ".join(
        [
            "'{\"_\":null'",
            *(f"""if({name} is null, '', ',"{name}":null')""" for name in consumed),
            *(
                f"""if({_pick(name, names)} is null, '', ',"{name}":null')"""
                for name, names in (("platform", PLATFORMS), ("net", NETWORKS))
            ),
            """if(coalesce(screen.width, '') = '', '', ',"display":null')""",
            """if(original_time is null, '', ',"acttime":null')""",
            "'}'",
        ]
    )
    return f"""
        case
            when unreadable or not is_object and ltrim(item) not like '{{%' then null
            when len(json_keys(item)) > {given}
                or original_time is null or (display is not null and coalesce(screen.width, '') = '')
                or {_pick("platform", PLATFORMS)} is null or {_pick("net", NETWORKS)} is null
            then json_merge_patch(item, {patch})::varchar
            else '{{' || {usual} || '}}'
        end
    """
