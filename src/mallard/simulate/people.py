"""Who visits the shop: when each person arrives, registers, changes machines and stays away."""

from __future__ import annotations

from random import Random

import msgspec

from mallard.simulate.devices import Device, make_device

_FIRST = (
    "Ana",
    "Bo",
    "Chen",
    "Dora",
    "Emil",
    "Fen",
    "Gita",
    "Hugo",
    "Ida",
    "Jun",
    "Kai",
    "Lin",
    "Mia",
    "Noor",
)
_LAST = ("Abel", "Bauer", "Costa", "Dietz", "Endo", "Fischer", "Guo", "Huang", "Ito", "Jansen", "Li", "Wang")
PROVINCES = ("Zhejiang", "Guangdong", "Jiangsu", "Sichuan", "Beijing", "Shanghai", "Hubei", None)
_PLATFORMS = ("web", "web", "web", "android", "android", "ios")


class Person(msgspec.Struct, frozen=True):
    """One visitor. Days are counted from the shop's first day; those before it are negative.

    rate: chance of a visit on a day once settled. gone: first day on which it stays away for good.
    registers: day of registration, None for one who never does; user_id likewise.
    buys: chance that a visit ends in an order.
    """

    number: int
    arrives: int
    gone: int
    rate: float
    buys: float
    registers: int | None
    user_id: str | None
    name: str
    gender: str | None
    province: str | None
    devices: tuple[Device, ...]

    def first_day(self, device: Device) -> int:
        """The day from which on the person is logged in on a device."""
        registers = self.registers
        return max(device.since, 1 << 30 if registers is None else registers)

    def must_visit(self, day: int) -> Device | None:
        """The machine of a visit that cannot fail to happen: arrival, registration, a new machine."""
        for device in self.devices:
            if device.since == day:
                return device
        return self.devices[0] if day in (self.arrives, self.registers) else None


def make_person(rng: Random, number: int, arrives: int) -> Person:
    """A person who first visits on a day."""
    registers = _registration(rng, arrives)
    stays = 1 + int(rng.expovariate(1 / 45)) if rng.random() < 0.75 else 100_000
    gender = rng.choice(("female", "male", None))
    return Person(
        number=number,
        arrives=arrives,
        gone=max(arrives, registers or arrives) + stays,
        rate=0.03 + 0.6 * rng.random() ** 3,
        buys=0.0 if registers is None and rng.random() < 0.9 else 0.4 * rng.random() ** 2.2,
        registers=registers,
        user_id=None if registers is None else str(9_000 + number * 3),
        name=f"{rng.choice(_FIRST)} {rng.choice(_LAST)}",
        gender=gender,
        province=rng.choice(PROVINCES),
        devices=_devices(rng, arrives),
    )


def _registration(rng: Random, arrives: int) -> int | None:
    chance = rng.random()
    if chance < 0.3:
        return arrives
    return arrives + int(rng.random() * 20) if chance < 0.55 else None


def _devices(rng: Random, arrives: int) -> tuple[Device, ...]:
    first = make_device(rng, rng.choice(_PLATFORMS), arrives)
    if rng.random() > 0.25:
        return (first,)
    other = "web" if first.platform != "web" else rng.choice(("android", "ios"))
    return (first, make_device(rng, other, arrives + int(rng.random() * 40)))


def lend(person: Person, lender: Person) -> Person:
    """The same person, who also uses a machine of another one (a family's computer)."""
    first = lender.devices[0]
    return msgspec.structs.replace(person, devices=(*person.devices, first))
