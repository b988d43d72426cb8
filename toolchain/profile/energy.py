"""Energy of an inference and of its layers: a current trace, cut where a marker says that the model ran.

Markers: a digital channel that is high while the model runs (``D0``), or both lines of the UART (``uart:D0,D1``, those
that the device receives and sends on): the model ran just before the device began to answer.
Within an inference the layers follow each other as long as their cycles say.

Units:  J, W, s.
Raises: UsageError when the trace holds no inference that can be used, and says what was found instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from toolchain.artifacts import Energy
from toolchain.errors import UsageError
from toolchain.ir import Array
from toolchain.profile.trace import Trace

#: How far an inference may be from its measured time, as a fraction of it and in samples.
TOLERANCE, TOLERANCE_SAMPLES = 0.25, 3.0
#: The part of an inference whose samples may be missing; a gap is a time between samples this much longer than usual.
MISSING, GAP = 0.05, 1.5
UART = "uart:"
#: A line that was high for two characters of ten bits is idle.
IDLE_BITS = 20
Window = tuple[float, float]


@dataclass(frozen=True)
class Inference:
    """What is known of one inference: cycles of each layer, and the time that all take."""

    layer_cycles: tuple[int, ...]
    seconds: float


def energy(
    trace: Trace, marker: str, inference: Inference, voltage_v: float | None = None, baud: int = 115200
) -> Energy:
    """Return the energy per inference and layer; ``voltage_v`` is the supply where the trace has none."""
    power = trace.current_a * _voltage(trace, voltage_v)
    found = _uart_windows(trace, marker, inference, baud) if marker.startswith(UART) else _pulses(trace, marker)
    good = [w for w in found if _lasts(trace, w, inference.seconds) and _missing(trace, w) <= MISSING]
    if not good:
        durations = ", ".join(f"{(end - begin) * 1e3:.3g} ms" for begin, end in found[:5]) or "none"
        raise UsageError(
            f"the trace has no whole inference on {marker}: {len(found)} were marked",
            [
                ("marked", durations),
                ("expected", f"{inference.seconds * 1e3:.3g} ms each, at most {MISSING:.0%} of the samples missing"),
                ("trace", f"{np.ptp(trace.time_s):.3g} s, a sample every {trace.period_s * 1e6:.3g} us"),
            ],
            "record while toolchain profile runs, and name the channel of the marker with --marker",
        )
    joules = _Integral(trace.time_s, power)
    totals = np.array([joules.between(*window) for window in good])
    edges = np.concatenate([[0], np.cumsum(inference.layer_cycles)]) / max(1, sum(inference.layer_cycles))
    layers = np.median([np.diff(joules.at(begin + edges * (end - begin))) for begin, end in good], axis=0)
    seconds = float(np.median([end - begin for begin, end in good]))
    return Energy(
        inferences=len(good),
        left_out=len(found) - len(good),
        minimum_j=float(totals.min()),
        median_j=float(np.median(totals)),
        layers_j=tuple(map(float, layers)),
        seconds=seconds,
        idle_w=_idle(trace, power, found),
    )


class _Integral:
    """Energy since the first sample, by the trapezoidal rule; between samples, and over missing ones, linear."""

    def __init__(self, time_s: Array, power_w: Array) -> None:
        steps = np.diff(time_s) * (power_w[1:] + power_w[:-1]) / 2
        self._time, self._energy = time_s, np.concatenate([[0.0], np.cumsum(steps)])

    def at(self, time_s: Array) -> Array:
        return np.asarray(np.interp(time_s, self._time, self._energy))

    def between(self, begin: float, end: float) -> float:
        return float(np.diff(self.at(np.array([begin, end])))[0])


def _voltage(trace: Trace, voltage_v: float | None) -> Array | float:
    if voltage_v is not None:
        return voltage_v
    if trace.voltage_v is None:
        raise UsageError("the trace has no voltage", [], "--voltage 3.3, the supply of the board")
    return trace.voltage_v


def _channel(trace: Trace, name: str) -> Array:
    if name not in trace.digital:
        raise UsageError(
            f"the trace has no digital channel {name}",
            [("it has", ", ".join(trace.digital) or "none")],
            "export the digital channels too",
        )
    return trace.digital[name]


def _pulses(trace: Trace, name: str) -> list[Window]:
    """Return when a channel was high; what the trace begins or ends in is left out."""
    edges = np.diff(_channel(trace, name).astype(np.int8))
    middle = (trace.time_s[1:] + trace.time_s[:-1]) / 2
    rising, falling = middle[edges > 0], middle[edges < 0]
    falling = falling[falling > rising[0]] if rising.size else falling[:0]
    return [(float(begin), float(end)) for begin, end in zip(rising, falling, strict=False)]


def _uart_windows(trace: Trace, marker: str, inference: Inference, baud: int) -> list[Window]:
    """Return the inferences that ended in an answer, by how long the device was silent after the request."""
    names = marker.removeprefix(UART).split(",")
    if len(names) != 2:
        raise UsageError(f"marker {marker} does not name two channels", [], "--marker uart:D0,D1 (received, sent)")
    received, sent = (trace.time_s[~_channel(trace, name)] for name in names)
    idle = np.diff(sent, prepend=-np.inf) > IDLE_BITS / baud
    windows = []
    for answer in sent[idle]:
        index = int(np.searchsorted(received, answer)) - 1
        silence = float(answer - received[index]) if index >= 0 else np.inf
        if (1 - TOLERANCE) * inference.seconds <= silence <= (1 + TOLERANCE) * inference.seconds + IDLE_BITS / baud:
            windows.append((float(answer) - inference.seconds, float(answer)))
    return windows


def _lasts(trace: Trace, window: Window, seconds: float) -> bool:
    """Tell whether a window is about as long as an inference takes."""
    allowed = max(TOLERANCE * seconds, TOLERANCE_SAMPLES * trace.period_s)
    return abs(window[1] - window[0] - seconds) <= allowed


def _missing(trace: Trace, window: Window) -> float:
    """Return the part of a window in which samples are missing."""
    first, last = np.searchsorted(trace.time_s, window)
    steps = np.diff(trace.time_s[max(0, first - 1) : last + 1])
    return float((steps[steps > GAP * trace.period_s] - trace.period_s).sum()) / (window[1] - window[0])


def _idle(trace: Trace, power: Array, windows: Sequence[Window]) -> float:
    """Return the power, in W, of most of the time between inferences."""
    outside = np.ones(len(power), dtype=bool)
    for begin, end in windows:
        first, last = np.searchsorted(trace.time_s, (begin, end))
        outside[max(0, first - 1) : last + 1] = False
    return float(np.median(power[outside])) if outside.any() else float("nan")
