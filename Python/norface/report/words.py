"""Numbers as the page writes them. What is not known is a dash, never a number."""

from __future__ import annotations

import math

UNKNOWN = "–"


def number(value: float | None, decimals: int = 2) -> str:
    """A number with so many decimals."""
    return UNKNOWN if value is None or not math.isfinite(value) else f"{value:.{decimals}f}".replace("-", "−")


def share(value: float | None) -> str:
    """A share in percent. What is more than nothing is never written as 0 %, what is less than all never as 100 %."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    percent = value * 100
    if 0 < percent < 0.1:
        return "< 0.1 %"
    if 99.9 < percent < 100:
        return "> 99.9 %"
    return f"{percent:.1f} %"


def count(value: int | None, one: str, many: str = "") -> str:
    """`1 frame`, `12,000 frames`."""
    if value is None:
        return UNKNOWN
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def listed(items: list[str]) -> str:
    """`a, b and c`."""
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1] if items else ""


def length(seconds: float) -> str:
    """A length in words: `0.4 s`, `12 s`, `3 min 20 s`, `1 h 05 min`."""
    if not math.isfinite(seconds):
        return UNKNOWN
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"
