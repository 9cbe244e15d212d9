"""How far versions of products and categories reach that no build has seen."""

from __future__ import annotations

from mallard.warehouse.day_sets import DaySets
from mallard.warehouse.engine import Engine
from mallard.warehouse.marks import Marks

_WINDOW = 29
"""The longest window of app_top_products looks so many days back; its names are those of its last day."""


def products(engine: Engine, marks: Marks, found: DaySets) -> None:
    """Days with sales of the products whose names, brand or category may differ from then on."""
    if not found.tables.intersection(("product", "category")):
        return
    day = engine.business_date
    found.add(
        "products",
        engine.days(
            f"""
            with moved_categories as (
                select fresh.category_id, min({day("fresh.loaded_at")}) as from_dt
                from fresh_category as fresh group by fresh.category_id
            ),

            known_categories as (
                select distinct category_id from dim_category
            ),

            moved as (
                select fresh.product_id, min({day("least(fresh.updated_at, fresh.loaded_at)")}) as from_dt
                from fresh_product as fresh
                inner join (select distinct product_id from dim_product) as known
                    on fresh.product_id = known.product_id
                group by fresh.product_id
                union all
                select fresh.product_id, date '1000-01-01' as from_dt
                from fresh_product as fresh
                left join dim_product as known on fresh.product_id = known.product_id
                where known.product_id is null
                union all
                select product.product_id,
                    case when known.category_id is null then date '1000-01-01' else moved.from_dt end
                from moved_categories as moved
                inner join (
                    select product_id, category_id from dim_product
                    union select product_id, category_id from fresh_product
                ) as product on moved.category_id = product.category_id
                left join known_categories as known on moved.category_id = known.category_id
            ),

            earliest as (
                select product_id, min(from_dt) as from_dt from moved group by product_id
            )

            select distinct sold.dt from dws_product_day as sold
            inner join earliest on sold.product_id = earliest.product_id
            where sold.dt >= earliest.from_dt - {_WINDOW}"""
        ),
    )
