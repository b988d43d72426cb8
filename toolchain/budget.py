"""A budget, and the quantities with units that people write: ``64KiB``, ``20ms``, ``1%``.

Units:  sizes in bytes, times in microseconds, drops as fractions (0.01 = one point of accuracy).
Raises: UsageError that names the place (file and key, or option) and a spelling that works.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from toolchain.errors import UsageError

_SIZES = {"": 1.0, "B": 1.0, "KIB": 1024.0, "MIB": 1024.0**2, "KB": 1000.0, "MB": 1000.0**2}
_TIMES = {"us": 1.0, "µs": 1.0, "ms": 1e3, "s": 1e6}
#: The fields of a budget, as options (with dashes) and keys of [budget] name them.
LIMITS = ("flash", "weights", "ram", "latency", "max_drop")
_NUMBER = re.compile(r"\s*([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*([a-zA-Zµ%]*)\s*")


def parse_bytes(text: str | int | float, where: str = "size") -> int:
    """Return bytes of ``64KiB``, ``1.5 MiB``, ``64kB`` (1000) or a plain number; at least 1."""
    value, unit = _split(text, where, "64KiB")
    factor = _SIZES.get(unit.upper())
    if factor is None:
        raise _bad(text, where, "64KiB", f"unit '{unit}' is not one of B, KiB, MiB, kB, MB")
    if value <= 0:
        raise _bad(text, where, "64KiB", "it must be more than zero")
    return max(1, int(value * factor))


def parse_time_us(text: str | int | float, where: str = "time") -> float:
    """Return microseconds of ``20ms``, ``300us`` or ``1.5s``; the unit is required."""
    value, unit = _split(text, where, "20ms")
    if unit not in _TIMES:
        raise _bad(text, where, "20ms", f"unit '{unit}' is not one of us, ms, s" if unit else "the unit is missing")
    if value <= 0:
        raise _bad(text, where, "20ms", "it must be more than zero")
    return value * _TIMES[unit]


def parse_fraction(text: str | int | float, where: str = "fraction") -> float:
    """Return the fraction of ``1%`` or ``0.01``; between 0 and 1."""
    value, unit = _split(text, where, "1%")
    if unit not in ("", "%"):
        raise _bad(text, where, "1%", f"'{unit}' is not %")
    value = value / 100 if unit == "%" else value
    if value > 1:
        raise _bad(text, where, "1%", f"{value:g} is more than the whole")
    return value


def _split(text: str | int | float, where: str, example: str) -> tuple[float, str]:
    if isinstance(text, bool) or (isinstance(text, float) and not math.isfinite(text)):
        raise _bad(text, where, example, "it is not a number")
    match = _NUMBER.fullmatch(str(text))
    if match is None:
        raise _bad(text, where, example, "a number and a unit are expected")
    return float(match[1]), match[2]


def _bad(text: object, where: str, example: str, why: str) -> UsageError:
    return UsageError(f"cannot read '{text}': {why}", [("where", where)], f'"{example}"')


@dataclass(frozen=True)
class Budget:
    """Limits that a build has to keep; None means no limit.

    ``flash``, ``ram`` and ``weights`` are bytes or text (``"64KiB"``), ``latency`` text with a unit (``"20ms"``),
    ``max_drop`` a fraction or text (``"1%"``): the loss against the float model (``Metric.drop``). UsageError for what
    is no quantity.
    """

    flash: str | int | None = None
    ram: str | int | None = None
    latency: str | None = None
    max_drop: str | float | None = None
    weights: str | int | None = None
    #: field name -> what errors call it ("toolchain.toml: [budget] flash"); the field's name by default
    where: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        _ = self.flash_bytes, self.weights_bytes, self.ram_bytes, self.latency_us, self.drop

    @property
    def flash_bytes(self) -> int | None:
        """Bytes of flash, all that is linked."""
        return None if self.flash is None else parse_bytes(self.flash, self._place("flash"))

    @property
    def weights_bytes(self) -> int | None:
        """Bytes of the weights and all other constants of layers, as they lie in flash; code does not count."""
        return None if self.weights is None else parse_bytes(self.weights, self._place("weights"))

    @property
    def ram_bytes(self) -> int | None:
        """Bytes of RAM: arena, .data, .bss and stack."""
        return None if self.ram is None else parse_bytes(self.ram, self._place("ram"))

    @property
    def latency_us(self) -> float | None:
        """Microseconds of one inference."""
        return None if self.latency is None else parse_time_us(self.latency, self._place("latency"))

    @property
    def drop(self) -> float | None:
        """Accepted loss against the float model, as a fraction."""
        return None if self.max_drop is None else parse_fraction(self.max_drop, self._place("max_drop"))

    def override(self, other: Budget) -> Budget:
        """Return this budget with the limits that ``other`` sets taken from there."""
        mine, theirs = self.where or {}, other.where or {}
        from_other = {n for n in LIMITS if getattr(other, n) is not None}
        places = {n: (theirs if n in from_other else mine).get(n, f"budget {n}") for n in LIMITS}
        values = {n: getattr(other if n in from_other else self, n) for n in LIMITS}
        return Budget(**values, where=places)

    def _place(self, field: str) -> str:
        return (self.where or {}).get(field, f"budget {field}")
