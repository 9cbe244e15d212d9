"""The machines that visitors use: what they are and what they say about themselves."""

from __future__ import annotations

from random import Random

import msgspec

SOURCES = ("web", "android", "ios")
"""Names of the write keys, one for each platform."""

RELEASES = (
    (-400, "4.9.2", "49200"),
    (-120, "5.0.0", "50000"),
    (-21, "5.0.1", "50010"),
    (18, "5.1.0", "51000"),
    (44, "5.1.1", "51010"),
    (71, "5.2.0", "52000"),
    (150, "5.3.0", "53000"),
    (230, "6.0.0", "60000"),
    (320, "6.0.1", "60010"),
)
"""Day of release (counted from the shop's first day), version and build of the apps."""

CRASHES = {"5.1.0": 0.05, "6.0.0": 0.06, "4.9.2": 0.02}
"""Chance that a visit ends in a crash, by version; 0.006 for the others."""


class Model(msgspec.Struct, frozen=True):
    """A kind of machine. os_name, brand and model are what the warehouse should find."""

    platform: str
    os_name: str
    os_version: str | None
    brand: str | None
    model: str | None
    width: int
    height: int
    user_agent: str
    says_os: bool = True


class Device(msgspec.Struct, frozen=True):
    """One machine of one person (or lent to a second).

    since: the day, counted from the shop's first, on which it is first used. skew_ms: how far its clock is
    ahead. update_lag: days after a release at which its app updates.
    """

    anonymous_id: str
    device_id: str | None
    model: Model
    since: int
    skew_ms: int = 0
    update_lag: int = 0
    locale: str = "en-US"
    is_bot: bool = False

    @property
    def platform(self) -> str:
        return self.model.platform

    def release(self, day: int) -> tuple[int, str, str]:
        """The release the app runs on a day: the day it was installed, version, build."""
        found = RELEASES[0]
        for released, version, build in RELEASES:
            if released + self.update_lag > day:
                break
            found = (released + self.update_lag, version, build)
        return found

    def crash_chance(self, day: int) -> float:
        return 0.002 if self.platform == "web" else CRASHES.get(self.release(day)[1], 0.006)


_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0"
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"

WEB = (
    Model("web", "Windows", "10", None, None, 1920, 1080, f"{_WINDOWS} {_CHROME} Safari/537.36"),
    Model("web", "Windows", "10", None, None, 1366, 768,
          f"{_WINDOWS[:-1]}; rv:127.0) Gecko/20100101 Firefox/127.0", says_os=False),
    Model("web", "Mac OS X", "10.15.7", "Apple", "Mac", 1440, 900,
          f"{_MAC} Version/17.5 Safari/605.1.15", says_os=False),
    Model("web", "iOS", "17.5.1", "Apple", "iPhone", 390, 844,
          f"{_IPHONE} Version/17.5 Mobile/15E148 Safari/604.1"),
    Model("web", "Android", "14", "Google", "Pixel 8", 412, 915,
          f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {_CHROME} Mobile Safari/537.36", says_os=False),
)  # fmt: skip
ANDROID = tuple(
    Model("android", "Android", version, brand, model, width, height, f"Mallow/Android {version}")
    for version, brand, model, width, height in (
        ("14", "samsung", "SM-S921B", 1080, 2340),
        ("13", "samsung", "SM-A536B", 1080, 2400),
        ("14", "Xiaomi", "2312DRA50G", 1220, 2712),
        ("12", "Xiaomi", "M2101K6G", 1080, 2400),
        ("13", "HUAWEI", "NOH-NX9", 1344, 2772),
        ("11", "OPPO", "CPH2195", 1080, 2400),
        ("15", "Google", "Pixel 9", 1080, 2424),
    )
)
IOS = tuple(
    Model("ios", "iOS", version, "Apple", model, width, height, f"Mallow/iOS {version}")
    for version, model, width, height in (
        ("17.5.1", "iPhone15,2", 1179, 2556),
        ("18.1", "iPhone16,1", 1179, 2556),
        ("16.7.8", "iPhone12,1", 828, 1792),
        ("18.0", "iPad13,4", 1668, 2388),
    )
)
BOTS = tuple(
    Model("web", "Other", None, None, None, 1024, 768, f"Mozilla/5.0 (compatible; {name})", says_os=False)
    for name in (
        "Googlebot/2.1; +http://www.google.com/bot.html",
        "bingbot/2.0; +http://www.bing.com/bingbot.htm",
        "AhrefsBot/7.0; +http://ahrefs.com/robot/",
    )
)
_MODELS = {"web": WEB, "android": ANDROID, "ios": IOS}
_SKEWS = (45_000, -50_000, 180_000, -420_000, 3_600_000, -7_200_000, 93_600_000)
_LOCALES = ("en-US", "en-US", "zh-CN", "de-DE")


def make_device(rng: Random, platform: str, since: int) -> Device:
    """A new machine; one in forty has a clock that is wrong."""
    models = _MODELS[platform]
    bits = f"{rng.getrandbits(64):016x}"
    return Device(
        anonymous_id=f"{platform[0]}{bits}",
        device_id=None if platform == "web" else f"{platform}-{bits[4:]}",
        model=models[int(len(models) * rng.random() ** 1.4)],
        since=since,
        skew_ms=_SKEWS[int(rng.random() * len(_SKEWS))] if rng.random() < 0.025 else 0,
        update_lag=int(rng.random() ** 2 * 12) + (60 if rng.random() < 0.12 else 0),  # some never hurry
        locale=_LOCALES[int(rng.random() * len(_LOCALES))],
    )
