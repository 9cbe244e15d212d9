"""Preset ``magento``: Magento Open Source 2.4 on MySQL.

Its times are UTC. The state of an order counts, not the status that a shop may name as it likes. A paid
invoice is a payment, a credit memo a refund; the parts of a configurable or bundled line are not counted
beside it. Amounts are in the shop's global currency, as in Magento's own reports: the base amounts at the
rate that was noted with them. Names and prices of products are attributes (EAV), taken from the default
store. Level 1 of a category stands under the root of its store.
"""

from __future__ import annotations

from mallard.sources.presets import Preset, PresetTable


def _attribute(kind: str, code: str, entity: str, table: str = "product") -> str:
    """An attribute of a product or category by its code, as the default store has it."""
    return (
        f"(select v.value from {{prefix}}catalog_{table}_entity_{kind} v"
        " join {prefix}eav_attribute a on a.attribute_id = v.attribute_id"
        " join {prefix}eav_entity_type y on y.entity_type_id = a.entity_type_id"
        f" where v.entity_id = {entity} and v.store_id = 0 and a.attribute_code = '{code}'"
        f" and y.entity_type_code = 'catalog_{table}' limit 1)"
    )


def _category(level: int) -> str:
    """The ancestor of a category at a level; NULL where the category itself stands above it."""
    part = f"substring_index(substring_index(b.path, '/', {level + 2}), '/', -1)"
    return f"case when b.level > {level} then cast({part} as unsigned) end"


def _amount(column: str, of: str) -> str:
    """An amount of an order, invoice or memo in the global currency; in the base one where no rate is."""
    return f"{of}.base_{column} * {_rate(of)}"


def _rate(of: str) -> str:
    return f"coalesce(nullif({of}.base_to_global_rate, 0), 1)"


_BRAND = (
    "(select o.value from {prefix}eav_attribute_option_value o"
    f" where o.store_id = 0 and o.option_id = {_attribute('int', 'manufacturer', 'b.entity_id')} limit 1)"
)
_CATEGORY_OF_PRODUCT = """(
    select l.category_id
    from {prefix}catalog_category_product l
    join {prefix}catalog_category_entity c on c.entity_id = l.category_id
    where l.product_id = b.entity_id and c.level > 1
    order by c.level desc, l.category_id
    limit 1
)"""

PRESET = Preset(
    {
        "customer": PresetTable(
            """select b.entity_id as customer_id, concat_ws(' ', b.firstname, b.lastname) as name,
                case b.gender when 1 then 'M' when 2 then 'F' end as gender, b.dob as birth_date, b.email,
                a.telephone as phone, b.created_at as registered_at, b.is_active = 0 as is_blocked,
                b.updated_at
            from {prefix}customer_entity b
            left join {prefix}customer_address_entity a on a.entity_id = b.default_billing"""
        ),
        "address": PresetTable(
            """select a.entity_id as address_id, a.parent_id as customer_id,
                concat_ws(', ', a.street, a.city, a.postcode) as address, a.region as province,
                a.country_id as country, a.entity_id <=> c.default_shipping as is_default,
                concat_ws(' ', a.firstname, a.lastname) as recipient, a.telephone as phone
            from {prefix}customer_address_entity a
            join {prefix}customer_entity c on c.entity_id = a.parent_id"""
        ),
        "category": PresetTable(
            f"""select l.category_id,
                l.level1_id, {_attribute("varchar", "name", "l.level1_id", "category")} as level1_name,
                l.level2_id, {_attribute("varchar", "name", "l.level2_id", "category")} as level2_name,
                l.level3_id, {_attribute("varchar", "name", "l.level3_id", "category")} as level3_name
            from (
                select b.entity_id as category_id, {_category(1)} as level1_id, {_category(2)} as level2_id,
                    {_category(3)} as level3_id
                from {{prefix}}catalog_category_entity b
                where b.level > 1
            ) l"""
        ),
        "product": PresetTable(
            f"""select b.entity_id as product_id, b.sku,
                coalesce({_attribute("varchar", "name", "b.entity_id")}, b.sku) as name,
                {_CATEGORY_OF_PRODUCT} as category_id, {_BRAND} as brand,
                {_attribute("decimal", "price", "b.entity_id")} as price,
                {_attribute("text", "short_description", "b.entity_id")} as description,
                b.created_at, b.updated_at
            from {{prefix}}catalog_product_entity b"""
        ),
        "orders": PresetTable(
            f"""select o.entity_id as order_id, o.customer_id, o.created_at, o.state as status,
                {_amount("grand_total", "o")} as total_amount,
                abs({_amount("discount_amount", "o")}) as discount_amount,
                {_amount("shipping_amount", "o")} as shipping_amount,
                {_amount("tax_amount", "o")} as tax_amount,
                if(o.base_to_global_rate > 0, o.global_currency_code, o.base_currency_code) as currency,
                o.store_id as channel, coalesce(s.region, a.region) as province,
                (select min(i.created_at) from {{prefix}}sales_invoice i
                    where i.order_id = o.entity_id and i.state = 2) as paid_at,
                o.updated_at
            from {{prefix}}sales_order o
            left join {{prefix}}sales_order_address s on s.entity_id = o.shipping_address_id
            left join {{prefix}}sales_order_address a on a.entity_id = o.billing_address_id""",
            mode="changes",
            cursor="updated_at",
        ),
        "order_item": PresetTable(
            f"""select i.item_id as order_item_id, i.order_id, i.product_id, i.qty_ordered as quantity,
                i.base_price * {_rate("o")} as unit_price,
                abs(i.base_discount_amount * {_rate("o")}) as discount_amount, i.created_at,
                i.updated_at as _updated_at
            from {{prefix}}sales_order_item i
            join {{prefix}}sales_order o on o.entity_id = i.order_id
            where i.parent_item_id is null""",
            mode="changes",
            cursor="_updated_at",
        ),
        "payment": PresetTable(
            f"""select i.entity_id as payment_id, i.order_id, i.transaction_id as transaction_no,
                {_amount("grand_total", "i")} as amount, p.method, i.created_at as paid_at,
                i.updated_at as _updated_at
            from {{prefix}}sales_invoice i
            left join {{prefix}}sales_order_payment p on p.parent_id = i.order_id
            where i.state = 2""",
            mode="changes",
            cursor="_updated_at",
        ),
        "shipment": PresetTable(
            f"""select s.order_id, s.shipping_address_id as address_id, s.customer_id,
                {_amount("shipping_amount", "o")} as shipping_amount, s.created_at,
                s.created_at as shipped_at, s.updated_at as _updated_at
            from {{prefix}}sales_shipment s
            join {{prefix}}sales_order o on o.entity_id = s.order_id
            where s.entity_id = (
                select min(f.entity_id) from {{prefix}}sales_shipment f where f.order_id = s.order_id
            )""",
            mode="changes",
            cursor="_updated_at",
        ),
        "refund": PresetTable(
            f"""select m.entity_id as refund_id, m.order_id, {_amount("grand_total", "m")} as amount,
                m.created_at as refunded_at, m.updated_at as _updated_at
            from {{prefix}}sales_creditmemo m
            where m.state = 2""",
            mode="changes",
            cursor="_updated_at",
        ),
        "coupon_use": PresetTable(
            f"""select o.coupon_code as coupon_id, o.entity_id as order_id,
                abs(coalesce({_amount("discount_amount", "o")}, 0)) as amount
            from {{prefix}}sales_order o
            where o.coupon_code is not null"""
        ),
    },
    order_status={
        "new": "created",
        "pending_payment": "created",
        "payment_review": "created",
        "holded": "created",
        "processing": "paid",
        "complete": "completed",
        "closed": "refunded",
        "canceled": "cancelled",
    },
    timezone="UTC",
)
