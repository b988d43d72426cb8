"""Energy from traces that are made here, so that it is known: noise, missing samples, wrong order, both formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from toolchain.errors import UsageError
from toolchain.profile import energy, trace
from toolchain.profile.energy import Inference

PERIOD, IDLE_A, VOLTAGE = 1e-5, 0.002, 3.0
#: Three layers: cycles at 1 MHz and the current that each draws.
CYCLES, CURRENTS = (4000, 1000, 5000), (0.020, 0.050, 0.010)
SECONDS = sum(CYCLES) / 1e6
STARTS = (0.01, 0.04, 0.0705)
INFERENCE = Inference(CYCLES, SECONDS)
LAYERS_J = [cycles / 1e6 * current * VOLTAGE for cycles, current in zip(CYCLES, CURRENTS, strict=True)]
Rows = list[tuple[float, float, bool]]


def rows(noise_a: float = 0.0, scale: tuple[float, ...] = (1.0, 1.0, 1.0)) -> Rows:
    """Return (time, current, marker) of three inferences; ``scale`` multiplies the current of each."""
    time = np.arange(0, 0.1, PERIOD)
    current, high = np.full(time.size, IDLE_A), np.zeros(time.size, dtype=bool)
    for start, factor in zip(STARTS, scale, strict=True):
        begin = start
        for cycles, amps in zip(CYCLES, CURRENTS, strict=True):
            inside = (time >= begin) & (time < begin + cycles / 1e6)
            current[inside], high[inside] = amps * factor, True
            begin += cycles / 1e6
    current += np.random.default_rng(0).normal(0, noise_a, time.size)
    return list(zip(time.tolist(), current.tolist(), high.tolist(), strict=True))


def ppk2(found: Rows, path: Path, channel: int = 2) -> Path:
    bits = ["0" * channel + "1" + "0" * (7 - channel), "0" * 8]
    lines = [f"{t * 1e3:.5f},{a * 1e6:.3f},{bits[not high]}" for t, a, high in found]
    path.write_text("Timestamp(ms),Current(uA),D0-D7\n" + "\n".join(lines) + "\n")
    return path


def joulescope(found: Rows, path: Path) -> Path:
    lines = [f"{t:.7f},{a:.7f},{VOLTAGE:.4f},{int(high)}" for t, a, high in found]
    path.write_text("#time (s),current (A),voltage (V),gpi0\n" + "\n".join(lines) + "\n")
    return path


def check(path: Path, marker: str = "D2", voltage: float | None = VOLTAGE, rel: float = 0.01) -> None:
    result = energy.energy(trace.read(path), marker, INFERENCE, voltage)
    assert (result.inferences, result.left_out) == (3, 0)
    assert result.median_j == pytest.approx(sum(LAYERS_J), rel=rel)
    assert result.layers_j == pytest.approx(LAYERS_J, rel=3 * rel)
    assert sum(result.layers_j) == pytest.approx(result.median_j, rel=rel)
    assert result.idle_w == pytest.approx(IDLE_A * VOLTAGE, rel=0.05)
    assert result.seconds == pytest.approx(SECONDS, abs=2 * PERIOD)


def test_ppk2(tmp_path: Path) -> None:
    check(ppk2(rows(), tmp_path / "trace.csv"))


def test_joulescope_with_its_own_voltage(tmp_path: Path) -> None:
    check(joulescope(rows(), tmp_path / "trace.csv"), "gpi0", None)


def test_separate_digital_columns(tmp_path: Path) -> None:
    lines = [f"{t * 1e3:.5f},{a * 1e6:.3f},0,{int(high)}" for t, a, high in rows()]
    (tmp_path / "trace.csv").write_text("Timestamp(ms),Current(uA),D0,D1\n" + "\n".join(lines))
    check(tmp_path / "trace.csv", "D1")


def reversed_blocks(found: Rows) -> Rows:
    return [row for start in range(0, len(found), 700) for row in reversed(found[start : start + 700])]


def thinned(found: Rows) -> Rows:
    """Return the rows without one sample in two hundred."""
    keep = np.random.default_rng(1).random(len(found)) > 0.005
    return [row for row, kept in zip(found, keep, strict=True) if kept]


def doubled(found: Rows) -> Rows:
    return [row for one in found for row in (one, one)]


@pytest.mark.parametrize("change", [reversed_blocks, thinned, doubled])
def test_order_missing_and_repeated_samples(change: Callable[[Rows], Rows], tmp_path: Path) -> None:
    check(ppk2(change(rows(noise_a=0.001)), tmp_path / "trace.csv"))


def test_noise(tmp_path: Path) -> None:
    check(ppk2(rows(noise_a=0.005), tmp_path / "trace.csv"), rel=0.02)


def test_cells_that_are_no_numbers(tmp_path: Path) -> None:
    lines = ppk2(rows(), tmp_path / "trace.csv").read_text().splitlines()
    lines[4000] = lines[4000].split(",")[0] + ",,00000000"
    lines[5000] = "not a sample"
    lines[6000] = lines[6000].replace("00000000", "XXX-----")
    (tmp_path / "trace.csv").write_text("\n".join(lines))
    found = trace.read(tmp_path / "trace.csv")
    assert found.dropped == 1 and len(found.time_s) == 10_000 - 2
    check(tmp_path / "trace.csv")


def test_minimum_and_median_of_several_runs(tmp_path: Path) -> None:
    path = ppk2(rows(scale=(1.0, 2.0, 1.1)), tmp_path / "trace.csv")
    result = energy.energy(trace.read(path), "D2", INFERENCE, VOLTAGE)
    assert result.minimum_j == pytest.approx(sum(LAYERS_J), rel=0.01)
    assert result.median_j == pytest.approx(1.1 * sum(LAYERS_J), rel=0.01)


def test_an_inference_with_a_hole_and_one_that_is_cut_off_are_left_out(tmp_path: Path) -> None:
    found = [row for row in rows() if not STARTS[1] + 0.002 < row[0] < STARTS[1] + 0.006]
    result = energy.energy(trace.read(ppk2(found, tmp_path / "trace.csv")), "D2", INFERENCE, VOLTAGE)
    assert (result.inferences, result.left_out) == (2, 1)
    assert result.median_j == pytest.approx(sum(LAYERS_J), rel=0.01)
    late = [row for row in rows() if row[0] > STARTS[0] + 0.003]
    result = energy.energy(trace.read(ppk2(late, tmp_path / "trace.csv")), "D2", INFERENCE, VOLTAGE)
    assert (result.inferences, result.left_out) == (2, 0)


def test_uart_as_the_marker(tmp_path: Path) -> None:
    """D0: what the device receives, D1: what it sends, idle high; 20 ms after the inference something else is asked."""
    found = rows()
    line = {0: np.ones(len(found), dtype=bool), 1: np.ones(len(found), dtype=bool)}
    for start in STARTS:
        for channel, begin, seconds in (
            (0, start - 0.005, 0.005),
            (1, start + SECONDS, 0.002),
            (0, start + 0.0165, 0.001),
            (1, start + 0.0178, 0.001),
        ):
            first, last = round(begin / PERIOD), round((begin + seconds) / PERIOD)
            line[channel][first:last:3] = False  # start bits and zeros
            line[channel][last - 1] = False
    lines = [f"{t * 1e3:.5f},{a * 1e6:.3f},{line[0][i]:d}{line[1][i]:d}000000" for i, (t, a, _) in enumerate(found)]
    (tmp_path / "trace.csv").write_text("Timestamp(ms),Current(uA),D0-D7\n" + "\n".join(lines))
    check(tmp_path / "trace.csv", "uart:D0,D1")


@pytest.mark.parametrize(
    ("marker", "voltage", "message"),
    [
        ("D5", VOLTAGE, "no whole inference on D5: 0 were marked"),
        ("D9", VOLTAGE, "no digital channel D9"),
        ("uart:D1", VOLTAGE, "does not name two channels"),
        ("D2", None, "--voltage 3.3"),
    ],
)
def test_what_cannot_be_used_is_said(marker: str, voltage: float | None, message: str, tmp_path: Path) -> None:
    found = trace.read(ppk2(rows(), tmp_path / "trace.csv"))
    with pytest.raises(UsageError) as caught:
        energy.energy(found, marker, INFERENCE, voltage)
    assert message in str(caught.value)


def test_pulses_of_another_length_are_no_inferences(tmp_path: Path) -> None:
    found = trace.read(ppk2(rows(), tmp_path / "trace.csv"))
    with pytest.raises(UsageError, match="3 were marked") as caught:
        energy.energy(found, "D2", Inference(CYCLES, 2 * SECONDS), VOLTAGE)
    assert "10 ms, 10 ms, 10 ms" in str(caught.value) and "20 ms each" in str(caught.value)


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "Timestamp(ms),Current(uA)\n1,2\n", "\x00\x01\x02"])
def test_files_that_are_no_traces(text: str, tmp_path: Path) -> None:
    (tmp_path / "trace.csv").write_text(text)
    with pytest.raises(UsageError, match="trace"):
        trace.read(tmp_path / "trace.csv")
    with pytest.raises(UsageError, match="cannot read trace"):
        trace.read(tmp_path / "missing.csv")
