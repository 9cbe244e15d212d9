"""Preset ``woocommerce``: WooCommerce 8 and newer on MySQL, with orders in their own tables (HPOS).

Its times are UTC. Drafts and the bin are not orders; a paid order is one payment; a refund is an order of
the type shop_order_refund with a negative total. Products in the bin stay, since old orders name them. Lines
keep their figures in itemmeta, products theirs in postmeta; of a key that is there twice the first counts, as
in WordPress. Meta values are looked up row by row, since only so a run by changes stays small.
"""

from __future__ import annotations

from mallard.sources.presets import Preset, PresetTable

_REAL = "o.type = 'shop_order' and o.status not in ('auto-draft', 'wc-checkout-draft', 'trash')"


def _item_meta(key: str, item: str = "i") -> str:
    """The value of a line's meta key."""
    return (
        "(select m.meta_value from {prefix}woocommerce_order_itemmeta m"
        f" where m.order_item_id = {item}.order_item_id and m.meta_key = '{key}' order by m.meta_id limit 1)"
    )


def _post_meta(key: str) -> str:
    """The value of a product's meta key."""
    return (
        "(select m.meta_value from {prefix}postmeta m"
        f" where m.post_id = b.ID and m.meta_key = '{key}' order by m.meta_id limit 1)"
    )


def _decimal(text: str) -> str:
    return f"cast({text} as decimal(26, 8))"


_CATEGORY_OF_PRODUCT = """(
    select x.term_id
    from {prefix}term_relationships r
    join {prefix}term_taxonomy x on x.term_taxonomy_id = r.term_taxonomy_id and x.taxonomy = 'product_cat'
    left join {prefix}term_taxonomy p on p.term_id = x.parent and p.taxonomy = 'product_cat'
    where r.object_id = b.ID
    order by x.parent = 0, coalesce(p.parent, 0) = 0, x.term_id
    limit 1
)"""

_BRAND_OF_PRODUCT = """(
    select t.name
    from {prefix}term_relationships r
    join {prefix}term_taxonomy x on x.term_taxonomy_id = r.term_taxonomy_id and x.taxonomy = 'product_brand'
    join {prefix}terms t on t.term_id = x.term_id
    where r.object_id = b.ID
    order by t.term_id
    limit 1
)"""

PRESET = Preset(
    {
        "customer": PresetTable(
            """select b.ID as customer_id, b.display_name as name, b.user_email as email,
                (select m.meta_value from {prefix}usermeta m
                    where m.user_id = b.ID and m.meta_key = 'billing_phone' order by m.umeta_id limit 1
                ) as phone,
                b.user_registered as registered_at
            from {prefix}users b"""
        ),
        "category": PresetTable(
            """select x.term_id as category_id,
                coalesce(g.term_id, p.term_id, x.term_id) as level1_id,
                coalesce(gt.name, pt.name, t.name) as level1_name,
                case when g.term_id is not null then p.term_id when p.term_id is not null then x.term_id end
                    as level2_id,
                case when g.term_id is not null then pt.name when p.term_id is not null then t.name end
                    as level2_name,
                case when g.term_id is not null then x.term_id end as level3_id,
                case when g.term_id is not null then t.name end as level3_name
            from {prefix}term_taxonomy x
            join {prefix}terms t on t.term_id = x.term_id
            left join {prefix}term_taxonomy p on p.term_id = x.parent and p.taxonomy = 'product_cat'
            left join {prefix}terms pt on pt.term_id = p.term_id
            left join {prefix}term_taxonomy g on g.term_id = p.parent and g.taxonomy = 'product_cat'
            left join {prefix}terms gt on gt.term_id = g.term_id
            where x.taxonomy = 'product_cat'"""
        ),
        "product": PresetTable(
            f"""select b.ID as product_id, {_post_meta("_sku")} as sku, b.post_title as name,
                {_CATEGORY_OF_PRODUCT} as category_id, {_BRAND_OF_PRODUCT} as brand,
                nullif({_post_meta("_price")}, '') as price, b.post_excerpt as description,
                b.post_date_gmt as created_at, b.post_modified_gmt as updated_at
            from {{prefix}}posts b
            where b.post_type = 'product' and b.post_status <> 'auto-draft'"""
        ),
        "orders": PresetTable(
            f"""select o.id as order_id, nullif(o.customer_id, 0) as customer_id,
                o.date_created_gmt as created_at, o.status, o.total_amount,
                d.discount_total_amount as discount_amount, d.shipping_total_amount as shipping_amount,
                o.tax_amount + coalesce(d.shipping_tax_amount, 0) as tax_amount, o.currency,
                d.created_via as channel,
                coalesce(nullif(s.state, ''), a.state) as province,
                d.date_paid_gmt as paid_at, o.date_updated_gmt as updated_at
            from {{prefix}}wc_orders o
            left join {{prefix}}wc_order_operational_data d on d.order_id = o.id
            left join {{prefix}}wc_order_addresses s on s.order_id = o.id and s.address_type = 'shipping'
            left join {{prefix}}wc_order_addresses a on a.order_id = o.id and a.address_type = 'billing'
            where {_REAL}""",
            mode="changes",
            cursor="updated_at",
        ),
        "order_item": PresetTable(
            f"""select l.order_item_id, l.order_id, l.product_id, l.quantity,
                round(l.subtotal / nullif(cast(l.quantity as decimal(18, 4)), 0), 8) as unit_price,
                l.subtotal - l.total as discount_amount, l.created_at
            from (
                select i.order_item_id, i.order_id, {_item_meta("_product_id")} as product_id,
                    {_item_meta("_qty")} as quantity,
                    {_decimal(_item_meta("_line_subtotal"))} as subtotal,
                    {_decimal(_item_meta("_line_total"))} as total, o.date_created_gmt as created_at
                from {{prefix}}woocommerce_order_items i
                join {{prefix}}wc_orders o on o.id = i.order_id and {_REAL}
                where i.order_item_type = 'line_item'
            ) l""",
            mode="changes",
            cursor="created_at",
        ),
        "payment": PresetTable(
            f"""select o.id as payment_id, o.id as order_id, o.transaction_id as transaction_no,
                o.total_amount as amount, nullif(o.payment_method, '') as method, d.date_paid_gmt as paid_at
            from {{prefix}}wc_orders o
            join {{prefix}}wc_order_operational_data d on d.order_id = o.id
            where {_REAL} and d.date_paid_gmt is not null""",
            mode="changes",
            cursor="paid_at",
        ),
        "refund": PresetTable(
            f"""select f.id as refund_id, f.parent_order_id as order_id, -f.total_amount as amount,
                (select m.meta_value from {{prefix}}wc_orders_meta m
                    where m.order_id = f.id and m.meta_key = '_refund_reason' order by m.id limit 1
                ) as reason,
                f.date_created_gmt as refunded_at
            from {{prefix}}wc_orders f
            join {{prefix}}wc_orders o on o.id = f.parent_order_id and {_REAL}
            where f.type = 'shop_order_refund' and f.status <> 'trash'""",
            mode="changes",
            cursor="refunded_at",
        ),
        "coupon_use": PresetTable(
            f"""select i.order_item_name as coupon_id, i.order_id,
                coalesce({_decimal(_item_meta("discount_amount"))}, 0) as amount
            from {{prefix}}woocommerce_order_items i
            join {{prefix}}wc_orders o on o.id = i.order_id and {_REAL}
            where i.order_item_type = 'coupon'"""
        ),
    },
    order_status={
        "wc-pending": "created",
        "wc-on-hold": "created",
        "wc-failed": "created",
        "wc-processing": "paid",
        "wc-completed": "completed",
        "wc-cancelled": "cancelled",
        "wc-refunded": "refunded",
    },
    prefix="wp_",
    timezone="UTC",
)
