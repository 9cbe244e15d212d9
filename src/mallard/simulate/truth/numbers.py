"""Exact arithmetic as the catalogue asks for it: rounded half away from zero, x/0 is None."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

Number = int | Decimal | Fraction


def rounded(value: Number, places: int) -> Decimal:
    """A value with so many decimals, half away from zero."""
    exact = Fraction(value)
    with localcontext() as context:
        context.prec = 60
        scaled = exact * 10**places
        whole = int(abs(scaled) + Fraction(1, 2))
        return Decimal(whole if scaled >= 0 else -whole).scaleb(-places)


def ratio(numerator: Number | None, denominator: Number | None, places: int = 6) -> Decimal | None:
    """numerator / denominator; None where one is missing or the denominator is 0."""
    if numerator is None or denominator is None or denominator == 0:
        return None
    return rounded(Fraction(numerator) / Fraction(denominator), places)


def change(value: Number, before: Number | None) -> Decimal | None:
    """(value - before) / before."""
    return None if before is None else ratio(Fraction(value) - Fraction(before), before)


def money(value: Number) -> Decimal:
    """An amount with the four decimals of DECIMAL(18,4)."""
    return (
        Decimal(value).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        if isinstance(value, Decimal)
        else rounded(value, 4)
    )


def median_seconds(micros: Sequence[int]) -> Decimal | None:
    """The median of spans in µs, in seconds with three decimals; the mean of the two in the middle."""
    if not micros:
        return None
    ordered = sorted(micros)
    middle = len(ordered) // 2
    both = ordered[middle] + ordered[middle if len(ordered) % 2 else middle - 1]
    return rounded(Fraction(both, 2_000_000), 3)


def mean_seconds(micros: Sequence[int]) -> Decimal | None:
    """The mean of spans in µs, in seconds with three decimals."""
    return rounded(Fraction(sum(micros), len(micros) * 1_000_000), 3) if micros else None
