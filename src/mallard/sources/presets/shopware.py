"""Preset ``shopware``: Shopware 6.5 and newer on MySQL or MariaDB.

Its times are UTC. Of every versioned row the live one counts; ids are written in hex, as Shopware's API does.
An order has three states, its own and those of its newest payment and delivery, and it changed when the last
of its rows did. Amounts are in the system's currency at the factor noted with the order, texts in
the system's language. Prices are kept in JSON, with tax or without as the order says, and with the taxes in
them. A payment that was never said to be paid is none.
"""

from __future__ import annotations

from mallard.sources.presets import Preset, PresetTable

_LIVE = "x'0fa91ce3e96a4bc2be4bd9ce752c3425'"
_LANGUAGE = "x'2fbb5fe2e29a4d70aa5854ce7ce3e20b'"
_CURRENCY_KEY = "b7d2554b0ce847cd82f3ac9bd1c0dfca"

_ISO_CODE = f"(select u.iso_code from {{prefix}}currency u where u.id = x'{_CURRENCY_KEY}')"
_FACTOR = "coalesce(nullif(o.currency_factor, 0), 1)"


def _id(column: str) -> str:
    return f"lower(hex({column}))"


def _text(column: str, table: str, entity: str, versioned: bool = True) -> str:
    """A text of something, in the system's language where it is there."""
    live = f" and x.{table}_version_id = {_LIVE}" if versioned else ""
    return (
        f"(select x.{column} from {{prefix}}{table}_translation x"
        f" where x.{table}_id = {entity}{live} and x.{column} <> ''"
        f" order by x.language_id = {_LANGUAGE} desc, x.language_id limit 1)"
    )


def _net(price: str) -> str:
    """What a price in JSON comes to without tax, in the system's currency."""
    taxes = (
        f"(select coalesce(sum(x.tax), 0) from json_table({price}, '$.calculatedTaxes[*]'"
        " columns (tax decimal(20, 8) path '$.tax')) x)"
    )
    total = f"cast(json_value({price}, '$.totalPrice') as decimal(20, 8))"
    return f"({total} - if(o.tax_status = 'gross', {taxes}, 0)) / {_FACTOR}"


def _of_order(table: str, alias: str) -> str:
    return f"{alias}.order_id = o.id and {alias}.order_version_id = {_LIVE} and {alias}.version_id = {_LIVE}"


def _newest_state(table: str) -> str:
    """The state of the newest payment or delivery of an order."""
    return (
        f"(select s.technical_name from {{prefix}}{table} n"
        " join {prefix}state_machine_state s on s.id = n.state_id"
        f" where {_of_order(table, 'n')} order by n.created_at desc, n.id limit 1)"
    )


def _entered(which: str, entity: str, row: str, *states: str) -> str:
    """When something came into one of some states, the first time or the last."""
    names = ", ".join(f"'{state}'" for state in states)
    return (
        f"(select {which}(h.created_at) from {{prefix}}state_machine_history h"
        " join {prefix}state_machine_state s on s.id = h.to_state_id"
        f" where h.referenced_id = {row} and h.referenced_version_id = {_LIVE}"
        f" and h.entity_name = '{entity}' and s.technical_name in ({names}))"
    )


def _last_change(table: str) -> str:
    return (
        f"coalesce((select max(coalesce(n.updated_at, n.created_at)) from {{prefix}}{table} n"
        f" where {_of_order(table, 'n')}), o.created_at)"
    )


_CHANGED_AT = f"""greatest(
    coalesce(o.updated_at, o.created_at), {_last_change("order_transaction")},
    {_last_change("order_delivery")}, {_last_change("order_line_item")}
)"""

_PAYMENTS = f"""(
    select t.id, t.order_id, t.payment_method_id, s.technical_name as state,
        cast(json_value(t.amount, '$.totalPrice') as decimal(20, 8)) as amount,
        coalesce({_entered("min", "order_transaction", "t.id", "paid")},
            case when s.technical_name in ('paid', 'refunded', 'refunded_partially', 'chargeback')
                then t.created_at end) as paid_at,
        coalesce({_entered("max", "order_transaction", "t.id", "refunded", "chargeback")},
            t.updated_at, t.created_at) as refunded_at
    from {{prefix}}order_transaction t
    join {{prefix}}state_machine_state s on s.id = t.state_id
    where t.version_id = {_LIVE} and t.order_version_id = {_LIVE}
)"""
"""Payments, and when they were paid and given back; a state that was set without a change has no history."""

_STATUS = """case
    when o.transaction_state in ('refunded', 'chargeback') then 'refunded'
    when o.state = 'cancelled' then 'cancelled'
    when o.state = 'completed' then 'completed'
    when o.delivery_state in ('shipped', 'shipped_partially', 'returned', 'returned_partially') then 'shipped'
    when o.transaction_state in ('paid', 'refunded_partially') then 'paid'
    else 'created'
end"""

_CUSTOMER = f"""(
    select c.id from {{prefix}}order_customer n
    join {{prefix}}customer c on c.id = n.customer_id and c.guest = 0
    where {_of_order("order_customer", "n")} limit 1
)"""

_PROVINCE = f"""(
    select {_text("name", "country_state", "a.country_state_id", versioned=False)}
    from {{prefix}}order_address a
    where a.version_id = {_LIVE} and a.order_id = o.id and a.id = coalesce((
        select n.shipping_order_address_id from {{prefix}}order_delivery n
        where {_of_order("order_delivery", "n")} and n.shipping_order_address_id is not null
        order by n.created_at desc, n.id limit 1
    ), o.billing_address_id)
)"""

_DISCOUNTS = f"""(
    select coalesce(sum({_net("i.price")}), 0) from {{prefix}}order_line_item i
    where {_of_order("order_line_item", "i")} and i.parent_id is null
        and cast(json_value(i.price, '$.totalPrice') as decimal(20, 8)) < 0
)"""

_DEEPEST_CATEGORY = f"""(
    select l.category_id
    from {{prefix}}product_category l
    join {{prefix}}category c on c.id = l.category_id and c.version_id = {_LIVE} and c.level > 1
    where l.product_id = b.id and l.product_version_id = {_LIVE}
    order by c.level desc, c.auto_increment
    limit 1
)"""


def _level(level: int) -> str:
    """The id of a category's ancestor at a level, in hex; the roots stand above the first."""
    return (
        f"case when b.level > {level}"
        f" then substring_index(substring_index(b.whole_path, '|', {level + 1}), '|', -1) end"
    )


def _level_name(level: int) -> str:
    return _text("name", "category", f"unhex({_level(level)})")


PRESET = Preset(
    {
        "customer": PresetTable(
            f"""select {_id("c.id")} as customer_id, concat_ws(' ', c.first_name, c.last_name) as name,
                case s.salutation_key when 'mr' then 'M' when 'mrs' then 'F' when 'ms' then 'F' end as gender,
                c.birthday as birth_date, c.email, nullif(a.phone_number, '') as phone,
                c.created_at as registered_at, c.active = 0 as is_blocked,
                coalesce(c.updated_at, c.created_at) as updated_at
            from {{prefix}}customer c
            left join {{prefix}}salutation s on s.id = c.salutation_id
            left join {{prefix}}customer_address a on a.id = c.default_billing_address_id
            where c.guest = 0"""
        ),
        "address": PresetTable(
            f"""select {_id("a.id")} as address_id, {_id("a.customer_id")} as customer_id,
                concat_ws(', ', nullif(a.street, ''), nullif(a.city, ''), nullif(a.zipcode, '')) as address,
                {_text("name", "country_state", "a.country_state_id", versioned=False)} as province,
                n.iso as country, a.id <=> c.default_shipping_address_id as is_default,
                concat_ws(' ', a.first_name, a.last_name) as recipient,
                nullif(a.phone_number, '') as phone
            from {{prefix}}customer_address a
            join {{prefix}}customer c on c.id = a.customer_id and c.guest = 0
            left join {{prefix}}country n on n.id = a.country_id"""
        ),
        "category": PresetTable(
            f"""select {_id("b.id")} as category_id,
                {_level(1)} as level1_id, {_level_name(1)} as level1_name,
                {_level(2)} as level2_id, {_level_name(2)} as level2_name,
                {_level(3)} as level3_id, {_level_name(3)} as level3_name
            from (
                select c.id, c.level, concat(trim(both '|' from c.path), '|', {_id("c.id")}) as whole_path
                from {{prefix}}category c
                where c.version_id = {_LIVE} and c.level > 1 and c.type <> 'link'
            ) b"""
        ),
        "product": PresetTable(
            f"""select {_id("b.id")} as product_id, b.product_number as sku,
                coalesce({_text("name", "product", "b.id")}, b.product_number) as name,
                {_id(_DEEPEST_CATEGORY)} as category_id,
                {_text("name", "product_manufacturer", "b.product_manufacturer_id")} as brand,
                json_value(b.price, '$.c{_CURRENCY_KEY}.net') as price,
                {_text("description", "product", "b.id")} as description, b.created_at,
                coalesce(b.updated_at, b.created_at) as updated_at
            from {{prefix}}product b
            where b.version_id = {_LIVE} and b.parent_id is null"""
        ),
        "orders": PresetTable(
            f"""select o.order_id, o.customer_id, o.created_at, {_STATUS} as status, o.total_amount,
                o.discount_amount, o.shipping_amount, o.tax_amount, o.currency, o.channel, o.province,
                o.paid_at, case when o.state = 'cancelled' then o.cancelled_at end as cancelled_at,
                o.updated_at
            from (
                select {_id("o.id")} as order_id, {_id(_CUSTOMER)} as customer_id,
                    o.order_date_time as created_at,
                    cast(o.amount_total as decimal(20, 8)) / {_FACTOR} as total_amount,
                    -{_DISCOUNTS} as discount_amount, {_net("o.shipping_costs")} as shipping_amount,
                    cast(o.amount_total - o.amount_net as decimal(20, 8)) / {_FACTOR} as tax_amount,
                    {_ISO_CODE} as currency,
                    {_text("name", "sales_channel", "o.sales_channel_id", versioned=False)} as channel,
                    {_PROVINCE} as province, s.technical_name as state,
                    {_newest_state("order_transaction")} as transaction_state,
                    {_newest_state("order_delivery")} as delivery_state,
                    (select min(p.paid_at) from {_PAYMENTS} p where p.order_id = o.id) as paid_at,
                    {_entered("max", "order", "o.id", "cancelled")} as cancelled_at,
                    {_CHANGED_AT} as updated_at
                from `{{prefix}}order` o
                join {{prefix}}state_machine_state s on s.id = o.state_id
                where o.version_id = {_LIVE}
            ) o""",
            mode="changes",
            cursor="updated_at",
        ),
        "order_item": PresetTable(
            f"""select {_id("i.id")} as order_item_id, {_id("i.order_id")} as order_id,
                coalesce({_id("coalesce(p.parent_id, p.id)")}, i.referenced_id, {_id("i.id")}) as product_id,
                i.quantity, {_net("i.price")} / nullif(i.quantity, 0) as unit_price,
                o.order_date_time as created_at, {_CHANGED_AT} as _updated_at
            from {{prefix}}order_line_item i
            join `{{prefix}}order` o on o.id = i.order_id and o.version_id = {_LIVE}
            left join {{prefix}}product p on p.id = i.product_id and p.version_id = {_LIVE}
            left join {{prefix}}order_line_item m on m.id = i.parent_id and m.version_id = {_LIVE}
            where i.version_id = {_LIVE} and i.order_version_id = {_LIVE} and i.type = 'product'
                and coalesce(m.type, '') <> 'product'""",
            mode="changes",
            cursor="_updated_at",
        ),
        "payment": PresetTable(
            f"""select {_id("p.id")} as payment_id, {_id("p.order_id")} as order_id,
                p.amount / {_FACTOR} as amount,
                {_text("name", "payment_method", "p.payment_method_id", versioned=False)} as method, p.paid_at
            from {_PAYMENTS} p
            join `{{prefix}}order` o on o.id = p.order_id and o.version_id = {_LIVE}
            where p.paid_at is not null""",
            mode="changes",
            cursor="paid_at",
        ),
        "shipment": PresetTable(
            f"""select {_id("o.id")} as order_id, {_id("o.address_id")} as address_id,
                {_id("o.customer_id")} as customer_id, o.shipping_amount, o.shipped_at as created_at,
                o.shipped_at, o.updated_at as _updated_at
            from (
                select o.id, {_CUSTOMER} as customer_id, {_net("o.shipping_costs")} as shipping_amount,
                    (select n.shipping_order_address_id from {{prefix}}order_delivery n
                        where {_of_order("order_delivery", "n")} order by n.created_at, n.id limit 1
                    ) as address_id,
                    (select min({_entered("min", "order_delivery", "n.id", "shipped", "shipped_partially")})
                        from {{prefix}}order_delivery n where {_of_order("order_delivery", "n")}
                    ) as shipped_at,
                    {_CHANGED_AT} as updated_at
                from `{{prefix}}order` o
                where o.version_id = {_LIVE}
            ) o
            where o.shipped_at is not null""",
            mode="changes",
            cursor="_updated_at",
        ),
        "refund": PresetTable(
            f"""select {_id("r.id")} as refund_id, {_id("t.order_id")} as order_id,
                cast(json_value(r.amount, '$.totalPrice') as decimal(20, 8)) / {_FACTOR} as amount,
                r.reason, coalesce(r.updated_at, r.created_at) as refunded_at
            from {{prefix}}order_transaction_capture_refund r
            join {{prefix}}state_machine_state s on s.id = r.state_id and s.technical_name = 'completed'
            join {{prefix}}order_transaction_capture k on k.id = r.capture_id
            join {{prefix}}order_transaction t
                on t.id = k.order_transaction_id and t.version_id = {_LIVE} and t.order_version_id = {_LIVE}
            join `{{prefix}}order` o on o.id = t.order_id and o.version_id = {_LIVE}
            union all
            select {_id("p.id")}, {_id("p.order_id")}, p.amount / {_FACTOR}, null, p.refunded_at
            from {_PAYMENTS} p
            join `{{prefix}}order` o on o.id = p.order_id and o.version_id = {_LIVE}
            where p.state in ('refunded', 'chargeback') and p.paid_at is not null
                and not exists (
                    select 1 from {{prefix}}order_transaction_capture k
                    join {{prefix}}order_transaction_capture_refund r on r.capture_id = k.id
                    join {{prefix}}state_machine_state d on d.id = r.state_id
                    where d.technical_name = 'completed' and k.order_transaction_id = p.id
                )""",
            mode="changes",
            cursor="refunded_at",
        ),
        "coupon_use": PresetTable(
            f"""select c.coupon_id, {_id("c.order_id")} as order_id, sum(c.amount) as amount
            from (
                select coalesce(nullif(cast(json_value(i.payload, '$.code') as char(255)), ''), i.label)
                        as coupon_id,
                    i.order_id, -{_net("i.price")} as amount
                from {{prefix}}order_line_item i
                join `{{prefix}}order` o on o.id = i.order_id and o.version_id = {_LIVE}
                where i.version_id = {_LIVE} and i.order_version_id = {_LIVE} and i.type = 'promotion'
            ) c
            group by c.order_id, c.coupon_id"""
        ),
    },
    timezone="UTC",
)
