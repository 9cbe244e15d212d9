"""Preset ``opencart``: OpenCart 3 and 4 on MySQL.

Its times are in the shop's own zone. An order without a status was never confirmed and is none. A status has
nothing but a number and a name, so what it means is told by the numbers that every installation begins with;
others are to be explained. OpenCart keeps neither payments nor refunds: an order is paid when it first comes
into a status that means so, is shipped likewise, and a paid order that comes to be refunded is so as a whole.
Returns have no amounts and are left out. Amounts are kept in the default currency, texts as HTML.

The versions differ in their columns. Where a subquery names one without its table, it is found in the table
where that has it, and else in ``older``, which stands beside for the versions without.
"""

from __future__ import annotations

from mallard.sources.presets import Preset, PresetTable

_REAL = "o.order_status_id > 0"
_CUSTOMER = "nullif(o.customer_id, 0)"
_LANGUAGE = """(
    select l.language_id
    from {prefix}setting s
    join {prefix}language l on l.code = s.value
    where s.store_id = 0 and s.`key` in ('config_language', 'config_language_catalog')
    order by s.`key` desc
    limit 1
)"""
_CURRENCY = (
    "(select s.value from {prefix}setting s where s.store_id = 0 and s.`key` = 'config_currency' limit 1)"
)


def _plain(text: str) -> str:
    """A text without the HTML that its signs are written in."""
    for sign, written in (('"', "&quot;"), ("''", "&#039;"), ("<", "&lt;"), (">", "&gt;"), ("&", "&amp;")):
        text = f"replace({text}, '{written}', '{sign}')"
    return text


def _text(column: str, table: str, entity: str) -> str:
    """A text of a product or category, in the shop's language where it is there."""
    return _plain(
        f"(select d.{column} from {{prefix}}{table}_description d"
        f" where d.{table}_id = {entity} and d.{column} <> ''"
        f" order by d.language_id = {_LANGUAGE} desc, d.language_id limit 1)"
    )


def _words(*columns: str, between: str = " ") -> str:
    given = ", ".join(f"nullif({column}, '')" for column in columns)
    return _plain(f"concat_ws('{between}', {given})")


def _total(condition: str) -> str:
    """What some lines of an order's account come to."""
    return (
        "(select coalesce(sum(t.value), 0) from {prefix}order_total t"
        f" where t.order_id = o.order_id and {condition})"
    )


def _came_into(which: str, condition: str) -> str:
    """When an order came into some status, the first time or the last."""
    return (
        f"(select {which}(h.date_added) from {{prefix}}order_history h"
        f" where h.order_id = o.order_id and {condition})"
    )


def _means(status: str, codes: str) -> str:
    """Whether a status is among some codes; as text, since the settings' codes may be anything."""
    return f"cast({status}.order_status_id as char) in ({codes})"


_PAID_AT = _came_into("min", _means("h", "{paid}, {shipped}, {completed}"))
_SHIPPED_AT = _came_into("min", _means("h", "{shipped}"))
_SO_SINCE = f"coalesce({_came_into('max', 'h.order_status_id = o.order_status_id')}, o.date_modified)"

_DEEPEST_CATEGORY = """(
    select c.category_id
    from {prefix}product_to_category l
    join {prefix}category c on c.category_id = l.category_id
    where l.product_id = b.product_id
    order by (select max(p.level) from {prefix}category_path p where p.category_id = c.category_id) desc,
        c.category_id
    limit 1
)"""

_COUPON = """case
    when t.title like '%(%)%'
        then substring(t.title, locate('(', t.title) + 1,
            char_length(t.title) - locate(')', reverse(t.title)) - locate('(', t.title))
    else t.title
end"""
"""The code stands in brackets behind the word for coupon, which is where OpenCart itself looks for it."""

_METHOD = """coalesce(
    (select payment_code from `{prefix}order` x where x.order_id = o.order_id),
    case when o.payment_method like '{%"code":"%' then
        substring_index(substring_index(substring_index(o.payment_method, '"code":"', -1), '"', 1), '.', 1)
    end,
    nullif(o.payment_method, '')
)"""
"""Version 3 has a column for the method's code; version 4 keeps it in JSON, the extension before the dot."""

PRESET = Preset(
    {
        "customer": PresetTable(
            f"""select c.customer_id, {_words("c.firstname", "c.lastname")} as name, c.email,
                nullif(c.telephone, '') as phone, c.date_added as registered_at, c.status = 0 as is_blocked
            from {{prefix}}customer c"""
        ),
        "address": PresetTable(
            f"""select a.address_id, a.customer_id,
                {_words("a.address_1", "a.address_2", "a.city", "a.postcode", between=", ")} as address,
                coalesce(
                    (select {_plain("name")} from {{prefix}}zone x where x.zone_id = a.zone_id),
                    (select z.code from {{prefix}}zone z where z.zone_id = a.zone_id)
                ) as province,
                (select n.iso_code_2 from {{prefix}}country n where n.country_id = a.country_id) as country,
                coalesce(
                    (select `default` from {{prefix}}address x where x.address_id = a.address_id),
                    (select address_id = a.address_id from {{prefix}}customer x
                        where x.customer_id = a.customer_id)
                ) as is_default,
                {_words("a.firstname", "a.lastname")} as recipient
            from {{prefix}}address a
            cross join (select null as name, null as `default`) older
            where a.customer_id > 0"""
        ),
        "category": PresetTable(
            f"""select b.category_id,
                b.level1_id, {_text("name", "category", "b.level1_id")} as level1_name,
                b.level2_id, {_text("name", "category", "b.level2_id")} as level2_name,
                b.level3_id, {_text("name", "category", "b.level3_id")} as level3_name
            from (
                select c.category_id, coalesce(p1.path_id, c.category_id) as level1_id,
                    p2.path_id as level2_id, p3.path_id as level3_id
                from {{prefix}}category c
                left join {{prefix}}category_path p1 on p1.category_id = c.category_id and p1.level = 0
                left join {{prefix}}category_path p2 on p2.category_id = c.category_id and p2.level = 1
                left join {{prefix}}category_path p3 on p3.category_id = c.category_id and p3.level = 2
            ) b"""
        ),
        "product": PresetTable(
            f"""select b.product_id, {_plain("nullif(b.model, '')")} as sku,
                coalesce({_text("name", "product", "b.product_id")}, b.model) as name,
                {_DEEPEST_CATEGORY} as category_id, {_plain("m.name")} as brand, b.price,
                {_text("description", "product", "b.product_id")} as description,
                b.date_added as created_at, b.date_modified as updated_at
            from {{prefix}}product b
            left join {{prefix}}manufacturer m on m.manufacturer_id = b.manufacturer_id"""
        ),
        "orders": PresetTable(
            f"""select o.order_id, {_CUSTOMER} as customer_id, o.date_added as created_at,
                o.order_status_id as status, o.total as total_amount,
                -{_total("t.value < 0 and t.code not in ('tax', 'shipping', 'voucher', 'credit')")}
                    as discount_amount,
                {_total("t.code = 'shipping'")} as shipping_amount, {_total("t.code = 'tax'")} as tax_amount,
                {_CURRENCY} as currency, o.store_id as channel,
                {_plain("coalesce(nullif(o.shipping_zone, ''), nullif(o.payment_zone, ''))")} as province,
                {_PAID_AT} as paid_at,
                case when {_means("o", "{cancelled}")} then {_SO_SINCE} end as cancelled_at,
                o.date_modified as updated_at
            from `{{prefix}}order` o
            where {_REAL}""",
            mode="changes",
            cursor="updated_at",
        ),
        "order_item": PresetTable(
            f"""select i.order_product_id as order_item_id, i.order_id,
                coalesce(nullif((select master_id from {{prefix}}order_product x
                    where x.order_product_id = i.order_product_id), 0), i.product_id) as product_id,
                i.quantity, i.price as unit_price, o.date_added as created_at,
                o.date_modified as _updated_at
            from {{prefix}}order_product i
            join `{{prefix}}order` o on o.order_id = i.order_id and {_REAL}
            cross join (select 0 as master_id) older""",
            mode="changes",
            cursor="_updated_at",
        ),
        "payment": PresetTable(
            f"""select o.order_id as payment_id, o.order_id, o.transaction_no, o.total as amount, o.method,
                o.paid_at, o.date_modified as _updated_at
            from (
                select o.order_id, o.total, o.date_modified, {_PAID_AT} as paid_at, {_METHOD} as method,
                    nullif((select transaction_id from `{{prefix}}order` x where x.order_id = o.order_id), '')
                        as transaction_no
                from `{{prefix}}order` o
                cross join (select null as payment_code, null as transaction_id) older
                where {_REAL}
            ) o
            where o.paid_at is not null""",
            mode="changes",
            cursor="_updated_at",
        ),
        "shipment": PresetTable(
            f"""select o.order_id, o.customer_id, o.shipping_amount, o.shipped_at as created_at,
                o.shipped_at, o.date_modified as _updated_at
            from (
                select o.order_id, {_CUSTOMER} as customer_id, o.date_modified,
                    {_total("t.code = 'shipping'")} as shipping_amount, {_SHIPPED_AT} as shipped_at
                from `{{prefix}}order` o
                where {_REAL}
            ) o
            where o.shipped_at is not null""",
            mode="changes",
            cursor="_updated_at",
        ),
        "refund": PresetTable(
            f"""select o.order_id as refund_id, o.order_id, o.total as amount, {_SO_SINCE} as refunded_at,
                o.date_modified as _updated_at
            from `{{prefix}}order` o
            where {_means("o", "{refunded}")} and {_PAID_AT} is not null""",
            mode="changes",
            cursor="_updated_at",
        ),
        "coupon_use": PresetTable(
            f"""select {_plain(_COUPON)} as coupon_id, t.order_id, -sum(t.value) as amount
            from {{prefix}}order_total t
            join `{{prefix}}order` o on o.order_id = t.order_id and {_REAL}
            where t.code = 'coupon'
            group by t.order_id, {_plain(_COUPON)}"""
        ),
    },
    order_status={
        "1": "created",  # pending
        "2": "paid",  # processing
        "3": "shipped",
        "5": "completed",
        "7": "cancelled",
        "8": "cancelled",  # denied
        "9": "paid",  # a cancellation that was taken back
        "10": "created",  # failed, and may be tried again
        "11": "refunded",
        "12": "refunded",  # reversed
        "13": "refunded",  # charged back
        "14": "cancelled",  # expired
        "15": "paid",  # processed
        "16": "cancelled",  # voided
    },
    prefix="oc_",
)
