"""What goes together: products bought in one order, or viewed by one person on one day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from itertools import permutations

from mallard.simulate.order_books import Row
from mallard.simulate.truth.numbers import rounded
from mallard.simulate.truth.world import World

Entry = tuple[str, str, int, Fraction, Fraction, Fraction]


class Baskets:
    """How often products stand together in sets of products."""

    def __init__(self, baskets: Iterable[set[str]]) -> None:
        self.single: Counter[str] = Counter()
        self.pairs: dict[str, Counter[str]] = {}
        self.count = 0
        for basket in baskets:
            if basket:
                self.count += 1
                self.single.update(basket)
                for one, other in permutations(basket, 2):
                    self.pairs.setdefault(one, Counter())[other] += 1

    def best(self, product: str, basis: str) -> list[Entry]:
        """The products most often found beside one (twice at least), best first."""
        entries = []
        for other, pairs in self.pairs.get(product, Counter()).items():
            if pairs >= 2:
                confidence = Fraction(pairs, self.single[product])
                lift = confidence / Fraction(self.single[other], self.count)
                entries.append((other, basis, pairs, Fraction(pairs, self.count), confidence, lift))
        return sorted(entries, key=lambda e: (-e[4], -e[5], -e[3], e[0].encode()))


def product_recommendations(world: World) -> Iterator[Row]:
    """app_product_recommendations."""
    if not world.spine:
        return
    last = world.spine[-1]
    first = last - timedelta(days=89)
    bought = Baskets(
        {item["product_id"] for item in world.items.get(order["order_id"], [])}
        for order in world.orders_between(first, last)
    )
    viewed = Baskets(_viewed(world, first, last))
    for product in sorted(bought.single.keys() | viewed.single.keys()):
        best = bought.best(product, "bought")
        listed = {entry[0] for entry in best}
        best += [entry for entry in viewed.best(product, "viewed") if entry[0] not in listed]
        for rank, (other, basis, pairs, support, confidence, lift) in enumerate(best[:10], 1):
            yield {
                "product_id": product,
                "rank": rank,
                "other_product_id": other,
                "basis": basis,
                "pairs": pairs,
                "support": rounded(support, 6),
                "confidence": rounded(confidence, 6),
                "lift": rounded(lift, 6),
            }


def _viewed(world: World, first: date, last: date) -> Iterator[set[str]]:
    for day, events in world.active_events.items():
        if first <= day <= last:
            seen: dict[str, set[str]] = {}
            for event in events:
                if event.name == "Product Viewed" and event.product_id is not None:
                    seen.setdefault(event.person, set()).add(event.product_id)
            yield from seen.values()
