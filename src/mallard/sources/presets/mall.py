"""Preset ``mall``: the classic nine tables of a Chinese mall's MySQL database (and its addresses).

Only code 0 (not paid) means the same in every such shop; the others are given in ``[source.order_status]``.
Lines have no id of their own: the goods number them within their order. An order's time of payment is that
of its payment.
"""

from __future__ import annotations

from mallard.sources.presets import Preset, PresetTable

PRESET = Preset(
    {
        "customer": PresetTable(
            """select b.user_id as customer_id, b.user_name as name, b.user_gender as gender,
                b.user_birthday as birth_date, b.e_mail as email, b.mobile as phone,
                b.register_time as registered_at, b.is_blacklist as is_blocked{more}
            from user b""",
            base="user",
            known=(
                "user_id", "user_name", "user_gender", "user_birthday", "e_mail", "mobile", "register_time",
                "is_blacklist",
            ),
        ),
        "customer_profile": PresetTable(
            """select b.user_id as customer_id, b.is_pregnant_woman as is_pregnant,
                b.is_have_children as has_children, b.is_have_car as has_car, b.phone_brand,
                b.phone_cnt as phone_count, b.change_phone_cnt as phone_change_count,
                b.weight as weight_kg, b.height as height_cm{more}
            from user_extend b""",
            base="user_extend",
            known=(
                "user_id", "is_pregnant_woman", "is_have_children", "is_have_car", "phone_brand", "phone_cnt",
                "change_phone_cnt", "weight", "height",
            ),
        ),
        "address": PresetTable(
            """select b.addr_id as address_id, b.user_id as customer_id, b.addr_name as address,
                b.order_flag as is_default, b.user_name as recipient, b.mobile as phone{more}
            from user_addr b""",
            base="user_addr",
            known=("addr_id", "user_id", "addr_name", "order_flag", "user_name", "mobile"),
        ),
        "product": PresetTable(
            """select b.goods_id as product_id, b.goods_no as sku, b.goods_name as name,
                b.third_category_id as category_id, b.curr_price as price, b.goods_desc as description,
                b.create_time as created_at{more}
            from goods_info b""",
            base="goods_info",
            known=(
                "goods_id", "goods_no", "goods_name", "curr_price", "third_category_id", "goods_desc",
                "create_time",
            ),
        ),
        "category": PresetTable(
            """select b.third_category_id as category_id, b.first_category_id as level1_id,
                b.first_category_name as level1_name, b.second_category_id as level2_id,
                b.second_catery_name as level2_name, b.third_category_id as level3_id,
                b.third_category_name as level3_name{more}
            from category_code b""",
            base="category_code",
            known=(
                "first_category_id", "first_category_name", "second_category_id", "second_catery_name",
                "third_category_id", "third_category_name",
            ),
        ),
        "orders": PresetTable(
            """select b.order_id, b.user_id as customer_id, b.order_date as created_at,
                b.order_status as status, b.order_money as total_amount, b.order_type,
                p.pay_time as paid_at, b.update_time as updated_at{more}
            from user_order b left join payment_flow p on p.pay_id = b.pay_id""",
            mode="changes",
            cursor="updated_at",
            base="user_order",
            known=(
                "order_id", "order_date", "user_id", "order_money", "order_type", "order_status", "pay_id",
                "update_time",
            ),
        ),
        "order_item": PresetTable(
            """select b.goods_id as order_item_id, b.order_id, b.goods_id as product_id,
                b.goods_amount as quantity, b.curr_price as unit_price, b.create_time as created_at{more}
            from order_item b""",
            mode="changes",
            cursor="created_at",
            base="order_item",
            known=("order_id", "goods_id", "goods_amount", "curr_price", "create_time"),
        ),
        "payment": PresetTable(
            """select b.pay_id as payment_id, b.order_id, b.trade_no as transaction_no,
                b.pay_money as amount, b.pay_type as method, b.pay_time as paid_at{more}
            from payment_flow b where b.pay_time is not null""",
            mode="changes",
            cursor="paid_at",
            base="payment_flow",
            known=("pay_id", "order_id", "trade_no", "pay_money", "pay_type", "pay_time"),
        ),
        "shipment": PresetTable(
            """select b.order_id, b.addr_id as address_id, b.user_id as customer_id,
                b.carriage_money as shipping_amount, b.create_time as created_at{more}
            from order_delivery b""",
            mode="changes",
            cursor="created_at",
            base="order_delivery",
            known=("order_id", "addr_id", "user_id", "carriage_money", "create_time"),
        ),
    },
    order_status={"0": "created"},
)  # fmt: skip
