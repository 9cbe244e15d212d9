"""Preset ``prestashop``: PrestaShop 1.7 and 8 on MySQL.

Its times are in the shop's own zone (PS_TIMEZONE). What the state of an order means is told by the states
that the configuration names, else by the state's flags, else by the mail that goes with it; the state's
number is the code, so that a state of the shop's own can be explained otherwise. Amounts are in the default
currency, at the rate noted with the order or payment, as in PrestaShop's own statistics. Texts are those of
the default language and the row's own shop. Guests have a row among the customers, which is left out; so are
customers and addresses that were deleted, of which PrestaShop keeps the row.

Payments stand under a reference, which several orders of one cart may share (one for each carrier). They are
shared out by the orders' totals: from the share of all orders up to this one that of those before it is taken
off, so that the shares add up however they are rounded.
"""

from __future__ import annotations

from mallard.sources.presets import Preset, PresetTable


def _setting(name: str) -> str:
    """A value of the shop's configuration, the same for all shops."""
    return (
        "(select f.value from {prefix}configuration f"
        f" where f.name = '{name}' and coalesce(f.id_shop, 0) = 0 and coalesce(f.id_shop_group, 0) = 0"
        " limit 1)"
    )


def _is(name: str) -> str:
    """Whether the state ``s`` is the one that the configuration names."""
    return (
        "exists (select 1 from {prefix}configuration f"
        f" where f.name = '{name}' and f.value = s.id_order_state)"
    )


def _mails(template: str) -> str:
    """Whether a mail of this kind goes with the state ``s``."""
    return (
        "exists (select 1 from {prefix}order_state_lang l"
        f" where l.id_order_state = s.id_order_state and l.template = '{template}')"
    )


def _text(column: str, table: str, row: str = "b") -> str:
    """A text of a product or category: in the default language and the row's own shop, where it is there."""
    return (
        f"(select l.{column} from {{prefix}}{table}_lang l"
        f" where l.id_{table} = {row}.id_{table} and l.{column} <> ''"
        f" order by l.id_lang = {_setting('PS_LANG_DEFAULT')} desc, l.id_shop = {row}.id_shop_default desc,"
        " l.id_lang, l.id_shop limit 1)"
    )


def _rate(of: str) -> str:
    """What an amount is divided by to be in the default currency."""
    return f"coalesce(nullif({of}.conversion_rate, 0), 1)"


def _first(condition: str) -> str:
    """When an order first came into one of the states ``s``."""
    return (
        "(select min(h.date_add) from {prefix}order_history h"
        " join {prefix}order_state s on s.id_order_state = h.id_order_state"
        f" where h.id_order = o.id_order and {condition})"
    )


_PAID_AT = _first("s.paid = 1")
_CAME_INTO_STATE = (
    "(select max(h.date_add) from {prefix}order_history h"
    " where h.id_order = o.id_order and h.id_order_state = o.current_state)"
)
_MEANING = f"""case
    when {_is("PS_OS_CANCELED")} then 'cancelled'
    when {_is("PS_OS_REFUND")} then 'refunded'
    when {_is("PS_OS_DELIVERED")} then 'completed'
    when s.shipped = 1 then 'shipped'
    when s.paid = 1 then 'paid'
    when {_mails("order_canceled")} then 'cancelled'
    when {_mails("refund")} then 'refunded'
    else 'created'
end"""
_STATES = f"(select distinct s.id_order_state, {_MEANING} as meaning from {{prefix}}order_state s)"
"""What each state means; distinct, so that the server works it out for each state and not for each order."""

_CUSTOMER = "case when coalesce(c.is_guest, 0) = 0 then nullif(o.id_customer, 0) end"
_CURRENCIES = """(
    select distinct h.id_shop, (
        select u.iso_code
        from {prefix}configuration f
        join {prefix}currency u on u.id_currency = f.value
        where f.name = 'PS_CURRENCY_DEFAULT' and coalesce(f.id_shop, 0) in (0, h.id_shop)
            and coalesce(f.id_shop_group, 0) in (0, h.id_shop_group)
        order by coalesce(f.id_shop, 0) desc, coalesce(f.id_shop_group, 0) desc
        limit 1
    ) as iso_code
    from {prefix}shop h
)"""
"""The default currency of each shop."""

_BEFORE_1_7_7 = "older"
"""Until then rules had no column for being taken off an order; the name then finds this table's."""

_REAL_CUSTOMER = "c.is_guest = 0 and c.deleted = 0"

_DEEPEST_CATEGORY = """(
    select l.id_category
    from {prefix}category_product l
    join {prefix}category c on c.id_category = l.id_category
    where l.id_product = b.id_product and c.id_parent <> 0 and c.is_root_category = 0
    order by c.level_depth desc, l.id_category
    limit 1
)"""
_DEPTH = 8
"""How deep below the home of a shop the categories may lie."""


def _parents() -> str:
    """Joins from a category to those above it, as far as the home of its shop, which is left out."""
    return " ".join(
        f"left join {{prefix}}category p{n} on p{n}.id_category = {child}.id_parent"
        f" and p{n}.is_root_category = 0 and p{n}.id_parent <> 0"
        for n, child in enumerate(["b", *(f"p{n}" for n in range(_DEPTH - 2))])
    )


def _level(level: int) -> str:
    """Join the category at a level of another's path."""
    part = f"substring_index(substring_index(b.path, '/', {level}), '/', -1)"
    return (
        f"left join {{prefix}}category b{level}"
        f" on b.depth >= {level} and b{level}.id_category = cast({part} as unsigned)"
    )


def _categories() -> str:
    above = ", ".join(f"p{n}.id_category" for n in reversed(range(_DEPTH - 1)))
    return f"""select b.id_category as category_id,
            b1.id_category as level1_id, {_text("name", "category", "b1")} as level1_name,
            b2.id_category as level2_id, {_text("name", "category", "b2")} as level2_name,
            b3.id_category as level3_id, {_text("name", "category", "b3")} as level3_name
        from (
            select n.id_category, n.path, 1 + length(n.path) - length(replace(n.path, '/', '')) as depth
            from (
                select b.id_category, concat_ws('/', {above}, b.id_category) as path
                from {{prefix}}category b {_parents()}
                where b.is_root_category = 0 and b.id_parent <> 0
            ) n
        ) b {_level(1)} {_level(2)} {_level(3)}"""


def _of_reference(what: str, among: str = "") -> str:
    """A figure of the orders under the order's reference."""
    return f"(select {what} from {{prefix}}orders x where x.reference = o.reference{among})"


def _up_to(compared: str) -> str:
    """The part of a payment that goes to the orders up to this one, or to those before it."""
    total = "coalesce(sum(x.total_paid_tax_incl), 0)"
    up_to = _of_reference(total, f" and x.id_order {compared} o.id_order")
    return f"round(p.amount / {_rate('p')} * {up_to} / {_of_reference(total)}, 4)"


_VOUCHER_OF_SLIP = """case
    when r.order_slip_type = 1 and abs(r.amount - r.total_products_tax_incl) < 0.01
        then greatest(0, -r.total_products_tax_excl + coalesce(
            (select sum(d.total_price_tax_excl) from {prefix}order_slip_detail d
                where d.id_order_slip = r.id_order_slip), 0))
    else 0
end"""
"""The voucher that was kept back from a slip whose prices were entered with tax: PrestaShop takes it off the
amount without tax alone."""

_REFUNDED = f"""case
    when r.total_products_tax_incl is null then r.amount + r.shipping_cost_amount
    when abs(r.amount - r.total_products_tax_excl) < 0.01 or abs(r.amount - r.total_products_tax_incl) < 0.01
        then r.total_products_tax_incl + coalesce(r.total_shipping_tax_incl, 0) - {_VOUCHER_OF_SLIP}
    else r.amount + coalesce(r.total_shipping_tax_incl, 0)
end"""
"""What a credit slip gives back, tax included: what its lines come to, else an amount that was chosen."""

PRESET = Preset(
    {
        "customer": PresetTable(
            f"""select c.id_customer as customer_id, concat_ws(' ', c.firstname, c.lastname) as name,
                case g.type when 0 then 'M' when 1 then 'F' end as gender, c.birthday as birth_date, c.email,
                (select coalesce(nullif(a.phone_mobile, ''), a.phone) from {{prefix}}address a
                    where a.id_customer = c.id_customer and a.deleted = 0
                        and (a.phone_mobile <> '' or a.phone <> '')
                    order by a.id_address limit 1
                ) as phone,
                c.date_add as registered_at, c.active = 0 as is_blocked, c.date_upd as updated_at
            from {{prefix}}customer c
            left join {{prefix}}gender g on g.id_gender = c.id_gender
            where {_REAL_CUSTOMER}"""
        ),
        "address": PresetTable(
            f"""select a.id_address as address_id, a.id_customer as customer_id,
                concat_ws(', ', nullif(a.address1, ''), nullif(a.address2, ''), nullif(a.city, ''),
                    nullif(a.postcode, '')) as address,
                s.name as province, n.iso_code as country,
                concat_ws(' ', a.firstname, a.lastname) as recipient,
                coalesce(nullif(a.phone_mobile, ''), nullif(a.phone, '')) as phone
            from {{prefix}}address a
            join {{prefix}}customer c on c.id_customer = a.id_customer and {_REAL_CUSTOMER}
            left join {{prefix}}state s on s.id_state = a.id_state
            left join {{prefix}}country n on n.id_country = a.id_country
            where a.deleted = 0"""
        ),
        "category": PresetTable(_categories()),
        "product": PresetTable(
            f"""select b.id_product as product_id, nullif(b.reference, '') as sku,
                coalesce({_text("name", "product")}, nullif(b.reference, ''), b.id_product) as name,
                coalesce(
                    (select c.id_category from {{prefix}}category c
                        where c.id_category = coalesce(s.id_category_default, b.id_category_default)
                            and c.is_root_category = 0 and c.id_parent <> 0),
                    {_DEEPEST_CATEGORY}
                ) as category_id,
                m.name as brand, coalesce(s.price, b.price) as price,
                {_text("description_short", "product")} as description, b.date_add as created_at,
                b.date_upd as updated_at
            from {{prefix}}product b
            left join {{prefix}}product_shop s
                on s.id_product = b.id_product and s.id_shop = b.id_shop_default
            left join {{prefix}}manufacturer m on m.id_manufacturer = b.id_manufacturer
            where b.state <> 0"""
        ),
        "orders": PresetTable(
            f"""select o.id_order as order_id, {_CUSTOMER} as customer_id, o.date_add as created_at,
                o.current_state as status, coalesce(t.meaning, 'created') as _status,
                o.total_paid_tax_incl / {_rate("o")} as total_amount,
                o.total_discounts_tax_excl / {_rate("o")} as discount_amount,
                o.total_shipping_tax_excl / {_rate("o")} as shipping_amount,
                (o.total_paid_tax_incl - o.total_paid_tax_excl) / {_rate("o")} as tax_amount,
                u.iso_code as currency, o.id_shop as channel, s.name as province, {_PAID_AT} as paid_at,
                case when t.meaning = 'cancelled' then {_CAME_INTO_STATE} end as cancelled_at,
                o.date_upd as updated_at
            from {{prefix}}orders o
            left join {{prefix}}customer c on c.id_customer = o.id_customer
            left join {_STATES} t on t.id_order_state = o.current_state
            left join {_CURRENCIES} u on u.id_shop = o.id_shop
            left join {{prefix}}address a on a.id_address = o.id_address_delivery
            left join {{prefix}}state s on s.id_state = a.id_state""",
            mode="changes",
            cursor="updated_at",
        ),
        "order_item": PresetTable(
            f"""select i.id_order_detail as order_item_id, i.id_order as order_id, i.product_id,
                i.product_quantity as quantity, i.unit_price_tax_excl / {_rate("o")} as unit_price,
                o.date_add as created_at, o.date_upd as _updated_at
            from {{prefix}}order_detail i
            join {{prefix}}orders o on o.id_order = i.id_order""",
            mode="changes",
            cursor="_updated_at",
        ),
        "payment": PresetTable(
            f"""select if(exists {_of_reference("1", " and x.id_order < o.id_order")},
                    concat(p.id_order_payment, '-', o.id_order), p.id_order_payment) as payment_id,
                o.id_order as order_id, nullif(p.transaction_id, '') as transaction_no,
                case
                    when not exists {_of_reference("1", " and x.id_order <> o.id_order")}
                        then p.amount / {_rate("p")}
                    when {_of_reference("sum(x.total_paid_tax_incl)")} <> 0
                        then {_up_to("<=")} - {_up_to("<")}
                    else p.amount / {_rate("p")} / {_of_reference("count(*)")}
                end as amount,
                nullif(p.payment_method, '') as method, p.date_add as paid_at
            from {{prefix}}order_payment p
            join {{prefix}}orders o on o.reference = p.order_reference""",
            mode="changes",
            cursor="paid_at",
        ),
        "shipment": PresetTable(
            f"""select o.id_order as order_id, o.id_address_delivery as address_id, o.customer_id,
                o.shipping_amount, coalesce(o.shipped_at, o.delivered_at) as created_at,
                coalesce(o.shipped_at, o.delivered_at) as shipped_at, o.delivered_at, o._updated_at
            from (
                select o.id_order, o.id_address_delivery, {_CUSTOMER} as customer_id,
                    o.total_shipping_tax_excl / {_rate("o")} as shipping_amount,
                    {_first("s.shipped = 1")} as shipped_at, {_first(_is("PS_OS_DELIVERED"))} as delivered_at,
                    o.date_upd as _updated_at
                from {{prefix}}orders o
                left join {{prefix}}customer c on c.id_customer = o.id_customer
            ) o
            where coalesce(o.shipped_at, o.delivered_at) is not null""",
            mode="changes",
            cursor="_updated_at",
        ),
        "refund": PresetTable(
            f"""select r.id_order_slip as refund_id, r.id_order as order_id,
                {_REFUNDED} / {_rate("o")} as amount, r.date_add as refunded_at, r.date_upd as _updated_at
            from {{prefix}}order_slip r
            join {{prefix}}orders o on o.id_order = r.id_order
            union all
            select concat('order-', o.id_order), o.id_order, o.total_paid_tax_incl / {_rate("o")},
                coalesce({_CAME_INTO_STATE}, o.date_upd), o.date_upd
            from {{prefix}}orders o
            where o.current_state in (
                    select s.id_order_state from {{prefix}}order_state s where {_MEANING} = 'refunded'
                )
                and {_PAID_AT} is not null
                and not exists (select 1 from {{prefix}}order_slip r where r.id_order = o.id_order)""",
            mode="changes",
            cursor="_updated_at",
        ),
        "coupon_use": PresetTable(
            f"""select coalesce(nullif(c.code, ''), r.name) as coupon_id, r.id_order as order_id,
                sum(r.value_tax_excl / {_rate("o")}) as amount
            from {{prefix}}order_cart_rule r
            cross join (select 0 as deleted) {_BEFORE_1_7_7}
            join {{prefix}}orders o on o.id_order = r.id_order
            left join {{prefix}}cart_rule c on c.id_cart_rule = r.id_cart_rule
            where exists (
                select 1 from {{prefix}}order_cart_rule x
                where x.id_order_cart_rule = r.id_order_cart_rule and deleted = 0
            )
            group by r.id_order, coalesce(nullif(c.code, ''), r.name)"""
        ),
    },
    prefix="ps_",
)
