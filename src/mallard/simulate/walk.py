"""The way a visitor takes through the shop: the events of one visit in their order."""

from __future__ import annotations

from random import Random

from mallard.simulate.catalogue import Product
from mallard.simulate.diary import Event, Item, Order, Page, Properties
from mallard.simulate.plan import Visit
from mallard.simulate.shop import Shop
from mallard.simulate.wire import SITE

_MS = 1_000
_QUERIES = ("tea", "pan", "tent", "phone case", "boots", "gift", "lamp", "茶")
_HOME = Page("/", "Home")
_CART = Page("/cart", "Cart")
_CHECKOUT = Page("/checkout", "Checkout")
_THANKS = Page("/thanks", "Thank you")


class Walk:
    """Writes down events as time goes by, from 0 on; the visit is set into the day when it is over."""

    def __init__(self, shop: Shop, visit: Visit, day: int, rng: Random) -> None:
        self.shop, self.visit, self.day, self.rng = shop, visit, day, rng
        self.web = visit.device.platform == "web"
        self.at = 0
        self.user_id = visit.user_id
        self.page: Page | None = None
        self.events: list[Event] = []
        self.cart_id = f"c{rng.getrandbits(40):010x}"

    def wait(self, low_ms: int, high_ms: int) -> None:
        self.at += (low_ms + int(self.rng.random() * (high_ms - low_ms))) * _MS

    def emit(self, kind: str, name: str, properties: Properties) -> Event:
        visit = self.visit
        event = Event(
            f"{self.rng.getrandbits(96):024x}", kind, name, self.at, visit.device, visit.device.anonymous_id,
            self.user_id, self.day, visit.network, visit.origin, self.page, None, properties,
        )  # fmt: skip
        self.events.append(event)
        return event

    def track(self, name: str, properties: Properties) -> None:
        self.emit("track", name, properties)

    def show(self, page: Page) -> None:
        """Open a page of the site, or the screen of that title in an app."""
        self.wait(800, 20_000)
        if self.web:
            back = None if self.page is None else f"{SITE}{self.page.path}"
            self.page = Page(page.path, page.title, page.search, back)
            self.emit("page", page.title, {})
        else:
            self.emit("screen", page.title, {})

    def identify(self) -> None:
        """Log in; some clients say it with an alias as well."""
        self.wait(3_000, 40_000)
        self.user_id = self.visit.logs_in
        self.emit("identify", "Identify", {"plan": "standard"})
        if self.rng.random() < 0.1:
            said = self.emit("alias", "Alias", {})
            said.previous_id, said.anonymous_id = said.anonymous_id, None


def walk(shop: Shop, visit: Visit, day: int, rng: Random) -> list[Event]:
    """The events of a visit; with an order the last ones stand just behind the order's created_at."""
    going = Walk(shop, visit, day, rng)
    if not going.web:
        going.track(visit.opening, {"loading_time_ms": 200 + int(rng.random() * 1_800)})
    going.show(_HOME)
    if visit.logs_in and (visit.depth == 0 or rng.random() < 0.5):
        going.identify()
    if visit.depth:
        _browse(going)
    shift = visit.start
    if visit.order is not None:
        shift = visit.order.created_at - _buy(going, visit.order)
    elif visit.depth and rng.random() < 0.003:
        _claim(going)
    if rng.random() < visit.device.crash_chance(day):
        going.wait(200, 9_000)
        going.track("Application Crashed", {"error_class": "NullPointer", "error_message": "boom"})
    for event in going.events:
        event.at += shift
    return going.events


def _browse(going: Walk) -> None:
    visit, rng = going.visit, going.rng
    ordered = list(visit.order.items) if visit.order else []
    if rng.random() < 0.25:
        _promotion(going)
    seen: list[Product] = []
    for place in range(visit.depth):
        if place % 3 == 0:
            listed = _list(going)
        product = ordered[place].product if place < len(ordered) else _choose(going, listed)
        _view(going, product, 1 + int(rng.random() * 20))
        seen.append(product)
        if visit.order is None and rng.random() < 0.13 and visit.person is not None:
            _add(going, product, 1, product.versions[0].cents)
    if visit.logs_in and going.user_id is None:
        going.identify()
    if seen and visit.order is None and rng.random() < 0.04:
        going.show(_CART)
        going.track("Cart Viewed", {"cart_id": going.cart_id})
        if rng.random() < 0.5:
            going.track("Product Removed", {"product_id": seen[-1].product_id, "cart_id": going.cart_id})
        if rng.random() < 0.3:
            going.track("Checkout Started", {"cart_id": going.cart_id, "currency": going.shop.currency})


def _promotion(going: Walk) -> None:
    promotion = {"promotion_id": f"promo-{int(going.rng.random() * 4)}", "creative": "banner"}
    going.wait(300, 2_000)
    going.track("Promotion Viewed", promotion)
    if going.rng.random() < 0.2:
        going.wait(500, 5_000)
        going.track("Promotion Clicked", promotion)


def _list(going: Walk) -> list[Product]:
    """A category's list or the results of a search."""
    rng, catalogue = going.rng, going.shop.catalogue
    if rng.random() < 0.25:
        query = _QUERIES[int(rng.random() * len(_QUERIES))]
        going.show(Page("/search", "Search", f"?q={query}"))
        going.track("Products Searched", {"query": query})
        return [catalogue.pick(rng) for _ in range(4)]
    category = catalogue.categories[int(rng.random() * len(catalogue.categories))]
    going.show(Page(f"/c/{category.category_id}", "Category"))
    going.track(
        "Product List Viewed",
        {"list_id": category.category_id, "category": category.level3_name,
         "loading_time_ms": 50 + int(rng.random() * 900)},
    )  # fmt: skip
    return catalogue.by_category.get(category.category_id) or [catalogue.pick(rng)]


def _choose(going: Walk, listed: list[Product]) -> Product:
    if going.rng.random() < 0.5:
        return listed[int(going.rng.random() * len(listed))]
    return going.shop.catalogue.pick(going.rng)


def _view(going: Walk, product: Product, position: int) -> None:
    rng = going.rng
    going.wait(1_000, 15_000)
    going.track("Product Clicked", {"product_id": product.product_id, "position": position})
    if going.web or rng.random() < 0.3:
        going.show(Page(f"/p/{product.product_id}", "Product"))
    version = product.versions[0]
    view_id = f"v{rng.getrandbits(48):012x}"
    going.wait(50, 900)
    going.track(
        "Product Viewed",
        {"product_id": product.product_id, "sku": product.sku, "brand": product.brand,
         "category": version.category.level3_name, "price": version.cents / 100, "view_id": view_id,
         "loading_time_ms": 40 + int(rng.random() * 1_500)},
    )  # fmt: skip
    if rng.random() < 0.7:
        stay = 1_000 + int(rng.random() ** 2 * 90_000)
        going.at += stay * _MS
        going.track(
            "Product View Ended",
            {"product_id": product.product_id, "view_id": view_id, "stay_time_ms": stay},
        )


def _add(going: Walk, product: Product, quantity: int, cents: int) -> None:
    going.wait(500, 8_000)
    going.track(
        "Product Added",
        {"product_id": product.product_id, "quantity": quantity, "price": cents / 100,
         "cart_id": going.cart_id},
    )  # fmt: skip


def _buy(going: Walk, order: Order) -> int:
    """Cart to order; the place in the walk at which the order is created."""
    for item in order.items:
        if going.rng.random() < 0.97:
            _add(going, item.product, item.quantity, item.cents)
    going.show(_CART)
    going.track("Cart Viewed", {"cart_id": going.cart_id})
    if order.coupon_id:
        going.track("Coupon Applied", {"coupon_id": order.coupon_id, "discount": order.discount / 100})
    going.show(_CHECKOUT)
    going.track(
        "Checkout Started",
        {"cart_id": going.cart_id, "value": order.total / 100, "currency": going.shop.currency},
    )
    going.wait(15_000, 120_000)
    going.track("Payment Info Entered", {"order_id": order.order_id})
    going.wait(1_000, 5_000)
    created = going.at
    if going.rng.random() < 0.96:  # some clients are closed before they can tell
        going.wait(300, 6_000)
        going.track("Order Completed", _completed(going, order))
        going.show(_THANKS)
    return created


def _claim(going: Walk) -> None:
    """Tell of an order that the shop's books do not know, or of none in particular."""
    going.wait(1_000, 9_000)
    told: Properties = {"total": 1.0}
    if going.rng.random() < 0.8:
        told["order_id"] = f"T-{going.cart_id}"
    going.track("Order Completed", told)


def _completed(going: Walk, order: Order) -> Properties:
    return {
        "order_id": order.order_id,
        "total": order.total / 100,
        "shipping": order.shipping / 100,
        "tax": order.tax / 100,
        "discount": order.discount / 100,
        "currency": going.shop.currency,
        "products": [_line(item) for item in order.items],
    }


def _line(item: Item) -> Properties:
    return {"product_id": item.product.product_id, "quantity": item.quantity, "price": item.cents / 100}
