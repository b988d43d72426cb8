"""A current trace: the CSV file of a power analyser -> samples in order of time.

Shapes: every array is [samples].
Units:  s, A, V in memory; those of a file stand in its header, ``Timestamp(ms),Current(uA),D0-D7``.
Raises: UsageError for a file that cannot be read or has no time and current.
Source: headers as nRF Connect Power Profiler (Nordic PPK2) and Joulescope UI write them.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from toolchain.errors import UsageError
from toolchain.ir import Array

#: What a unit in a header is in s, A or V.
_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "a": 1.0, "ma": 1e-3, "ua": 1e-6, "na": 1e-9, "v": 1.0, "mv": 1e-3}
_COLUMN = re.compile(r"^#?\s*([a-z0-9_-]+)\s*[(\[]?\s*([a-z]*)\s*[)\]]?$")
_DIGITAL = re.compile(r"^(d\d+|gpi\d+|in\d+|current_lsb|voltage_lsb)$")
_ANALOG = ("time", "current", "voltage")
_BITS = "d0-d7"  # one column of eight digits, the first that of D0
_EXPECTED = ("Timestamp(ms),Current(uA),D0-D7 (PPK2)", "#time (s),current (A),voltage (V) (Joulescope)")


@dataclass(frozen=True, eq=False)
class Trace:
    """Samples, ascending in time; ``dropped`` rows were no numbers or came twice, ``moved`` ones were out of order."""

    time_s: Array
    current_a: Array
    voltage_v: Array | None
    digital: Mapping[str, Array]
    dropped: int
    moved: int

    @property
    def period_s(self) -> float:
        """Return the time between two samples, in most of the trace."""
        return float(np.median(np.diff(self.time_s)))


def read(path: Path) -> Trace:
    """Return the trace in a CSV file."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as stream:
            header = [name.strip(' "\r\n').lower() for name in stream.readline().split(",")]
        columns = _columns(header, path)
        values = _numbers(path, len(header), [i for name, (i, _) in columns.items() if name not in _ANALOG])
    except (OSError, ValueError) as exc:
        raise UsageError(f"cannot read trace {path}: {exc}", [], "export it as CSV, with a header") from exc
    used = [index for index, _ in columns.values()]
    whole = values[np.isfinite(values[:, used]).all(axis=1)] if len(values) else values
    if len(whole) < 2:
        raise UsageError(f"trace {path} has {len(whole)} samples", [("rows", str(len(values)))])
    time = whole[:, columns["time"][0]] * columns["time"][1]
    moved = int(np.count_nonzero(np.diff(time) < 0))
    time, first = np.unique(time, return_index=True)
    whole = whole[first]

    def scaled(name: str) -> Array:
        index, unit = columns[name]
        return np.asarray(whole[:, index] * unit)

    return Trace(
        time,
        scaled("current"),
        scaled("voltage") if "voltage" in columns else None,
        _digital(columns, whole),
        len(values) - len(whole),
        moved,
    )


def _columns(header: list[str], path: Path) -> dict[str, tuple[int, float]]:
    """Return (index, unit) of time, current, voltage and the digital channels."""
    found: dict[str, tuple[int, float]] = {}
    for index, text in enumerate(header):
        match = _COLUMN.match(text)
        name, unit = match.groups() if match else ("", "")
        kind = "time" if name.startswith("time") else name
        if kind in _ANALOG:
            found[kind] = (index, _UNITS.get(unit, 1.0))
        elif name == _BITS or _DIGITAL.match(name):
            found[name] = (index, 1.0)
    if "time" not in found or "current" not in found:
        raise UsageError(
            f"trace {path} has no time and current",
            [("first line", ",".join(header)[:80])],
            [f"a header as {text}" for text in _EXPECTED],
        )
    return found


def _numbers(path: Path, columns: int, digital: Sequence[int]) -> Array:
    """Return the rows, float64 [N, columns]; NaN where a row has no number, rows of another length left out.

    A digital channel may be X (high and low within one sample) or - (not known): taken as low.
    """
    try:
        return np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2, encoding="utf-8-sig")
    except ValueError:  # not every cell is a number: slower
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", category=UserWarning)
            found = np.genfromtxt(
                path,
                delimiter=",",
                skip_header=1,
                invalid_raise=False,
                encoding="utf-8-sig",
                converters=dict.fromkeys(digital, _bits),
            )
    if found.dtype.names:  # with converters, rows come as records
        found = np.stack([found[name] for name in found.dtype.names], axis=-1)
    return np.asarray(found).reshape(-1, columns)


def _bits(text: str) -> float:
    digits = text.strip().upper().replace("X", "0").replace("-", "0")
    return float(digits) if digits.isdigit() else float("nan")


def _digital(columns: Mapping[str, tuple[int, float]], rows: Array) -> dict[str, Array]:
    """Return the channels by name, as ``D0`` or ``gpi0``; True is high."""
    channels: dict[str, Array] = {}
    for name, (index, _) in columns.items():
        if name == _BITS:  # 01000000 was read as a number with as many digits
            for bit in range(8):
                channels[f"D{bit}"] = rows[:, index] // 10 ** (7 - bit) % 10 > 0.5
        elif _DIGITAL.match(name):
            channels[name.upper() if name.startswith("d") else name] = rows[:, index] > 0.5
    return channels
