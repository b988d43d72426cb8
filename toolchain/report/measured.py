"""A profile of a device, in a table of 100 columns and as JSON; simulated figures and energies beside measured ones.

Shapes: one row and one record a layer, as in the report of the build.
Units:  cycles, us, bytes, J; a difference is (measured - simulated) / simulated.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from rich.markup import escape
from rich.table import Table

from toolchain.artifacts import Energy, Profile, RunResult, Spread
from toolchain.report import assembly, terminal, units
from toolchain.report.model import Layer, Report

LAYER_COLUMNS, KERNEL_COLUMNS = 22, 28
#: What a kernel's name has of the 100 columns, less what each further column takes; hidden when little is left.
ROOM, LEAST_ROOM = 40, 10


def table(
    report: Report,
    profile: Profile,
    simulated: RunResult | None = None,
    energy: Energy | None = None,
    color: bool = False,
    width: int = terminal.COLUMNS,
) -> str:
    """Return the profile as text: the whole inference, then the layers."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold")
    grid.add_column(justify="right")
    grid.add_column()
    for row in _summary(report, profile, simulated, energy):
        grid.add_row(*map(escape, row))
    return terminal.print_parts(
        width, color, terminal.title(report), "", grid, "", _layers(report, profile, simulated, energy)
    )


def record(
    report: Report, profile: Profile, simulated: RunResult | None = None, energy: Energy | None = None
) -> dict[str, Any]:
    """Return the profile for JSON. ``cycles`` are medians; figures that are not known are null."""
    first, total, clock = profile.first, profile.cycles, report.target.clock_hz
    layers = [
        _layer_record(layer, index, report, profile, simulated, energy) for index, layer in enumerate(report.layers)
    ]
    return {
        "runner": first.runner,
        "source": first.source,
        "error_band": first.error_band,
        "counter": profile.counter,
        "runs": profile.runs,
        "cycles": _median(total),
        "cycles_min": None if total is None else total.minimum,
        "instructions": first.instructions,
        "latency_us": _us(_median(total), clock),
        "latency_min_us": _us(None if total is None else total.minimum, clock),
        "cycles_per_mac": _per_mac(_median(total), report.model.macs),
        "simulated_cycles": None if simulated is None else simulated.cycles,
        "simulated_error_band": None if simulated is None else simulated.error_band,
        "difference": _difference(_median(total), None if simulated is None else simulated.cycles),
        "stack_bytes": first.stack_bytes,
        "stack_bound_bytes": report.size.stack_bytes,
        "arena_bytes": report.size.arena_bytes,
        "flash_bytes": report.size.flash_bytes,
        "ram_bytes": report.size.ram_bytes,
        "energy": None
        if energy is None
        else {
            "inferences": energy.inferences,
            "left_out": energy.left_out,
            "min_j": energy.minimum_j,
            "median_j": energy.median_j,
            "seconds": energy.seconds,
            "idle_w": energy.idle_w,
        },
        "estimates": [dataclasses.asdict(estimate) for estimate in assembly.estimates([first])],
        "no_estimate": first.no_estimate,
        "layers": layers,
    }


def _layer_record(
    layer: Layer, index: int, report: Report, profile: Profile, simulated: RunResult | None, energy: Energy | None
) -> dict[str, Any]:
    spread, clock = profile.layers[index], report.target.clock_hz
    model = None if simulated is None else simulated.layers[index].cycles
    return {
        "name": layer.name,
        "op": layer.op,
        "kernel": layer.kernel,
        "macs": layer.macs,
        "cycles": _median(spread),
        "cycles_min": None if spread is None else spread.minimum,
        "instructions": profile.first.layers[index].instructions,
        "time_us": _us(_median(spread), clock),
        "cycles_per_mac": _per_mac(_median(spread), layer.macs),
        "share": _share(spread, profile),
        "simulated_cycles": model,
        "difference": _difference(_median(spread), model),
        "energy_j": None if energy is None else energy.layers_j[index],
    }


def _summary(
    report: Report, profile: Profile, simulated: RunResult | None, energy: Energy | None
) -> list[tuple[str, str, str]]:
    """Return (label, figure, remarks)."""
    size, first, clock = report.size, profile.first, report.target.clock_hz
    rows = [
        ("latency", units.time(_us(_median(profile.cycles), clock)), _speed(report, profile)),
        ("counted by", profile.counter, f"{units.count(first.instructions)} instructions"),
    ]
    rows += _estimated(first)
    if simulated is not None:
        band, difference = simulated.error_band or "not known", _percent(_median(profile.cycles), simulated.cycles)
        text = f"{units.count(simulated.cycles)} cycles, error band {band}, measured {difference} from that"
        rows.append(("simulated", units.time(_us(simulated.cycles, clock)), text))
    if energy is not None:
        left_out = f", {energy.left_out} left out" if energy.left_out else ""
        text = f"median of {energy.inferences} inferences{left_out}, least {joules(energy.minimum_j)}"
        rows.append(("energy", joules(energy.median_j), f"{text}; idle {energy.idle_w * 1e3:.3g} mW is part of it"))
    used = "not known" if first.stack_bytes is None else units.kib(first.stack_bytes)
    rows.append(("stack", used, f"deepest use since reset; the static bound is {units.kib(size.stack_bytes)}"))
    text = f"{size.library or 'flash'}; RAM {units.kib(size.ram_bytes)}, of it arena {units.kib(size.arena_bytes)}"
    rows.append(("memory", units.kib(size.flash_bytes), text))
    return rows


def _estimated(run: RunResult) -> list[tuple[str, str, str]]:
    """Return the cycles of each core that was not here, and why some are missing."""
    found = assembly.estimates([run])
    rows = [("on a core", units.count(e.cycles), f"cycles {e.label}, no caches") for e in found]
    return rows + ([("on a core", "-", f"cycles not estimated: {run.no_estimate}")] if run.no_estimate else [])


def _speed(report: Report, profile: Profile) -> str:
    if profile.cycles is None:
        return "this runner counts no cycles"
    least = units.time(_us(profile.cycles.minimum, report.target.clock_hz))
    runs = "one run" if profile.runs == 1 else f"median of {profile.runs} runs, least {least}"
    band = f" within {profile.first.error_band}" if profile.first.error_band else ""
    cycles = profile.cycles.median
    return (
        f"{profile.first.source}{band}, {runs}, {units.count(cycles)} cycles "
        f"({units.ratio(cycles, report.model.macs)} per MAC)"
    )


def _layers(report: Report, profile: Profile, simulated: RunResult | None, energy: Energy | None) -> Table:
    """Return the layers. What a profile has more of than the build's table is paid by the kernel's column."""
    layers, spreads, several = report.layers, profile.layers, profile.runs > 1
    clock, shares = report.target.clock_hz, [_share(spread, profile) for spread in profile.layers]
    medians = [_median(spread) for spread in spreads]
    room = ROOM - 7 * several - 17 * (simulated is not None) - 10 * (energy is not None)
    room -= sum(len(estimate.core) + 1 for estimate in profile.first.estimates)
    kernels = [terminal.shortened(x.kernel.removeprefix("tc_") or x.op, min(KERNEL_COLUMNS, room)) for x in layers]
    columns: dict[str, list[str]] = {"layer": [terminal.shortened(layer.name, LAYER_COLUMNS) for layer in layers]}
    if room >= LEAST_ROOM:
        columns["kernel"] = kernels
    columns["MACs"] = [units.count(layer.macs) if layer.macs else "-" for layer in layers]
    if several:
        columns["least"] = [units.count(None if spread is None else spread.minimum) for spread in spreads]
    if not any(spreads):  # what counts no cycles may count instructions
        columns["instr."] = [units.count(layer.instructions) for layer in profile.first.layers]
    columns["median" if several else "cycles"] = [units.count(cycles) for cycles in medians]
    columns["time"] = [units.time(_us(cycles, clock)) for cycles in medians]
    columns["c/MAC"] = [units.ratio(cycles, layer.macs) for cycles, layer in zip(medians, layers, strict=True)]
    columns["share"] = ["-" if share is None else units.percent(share) for share in shares]
    for estimate in profile.first.estimates:
        columns[estimate.core] = [units.count(cycles) for cycles in estimate.layers]
    if simulated is not None:
        model = [layer.cycles for layer in simulated.layers]
        columns["simul."] = [units.count(cycles) for cycles in model]
        columns["diff."] = [_percent(a, b) for a, b in zip(medians, model, strict=True)]
    if energy is not None:
        columns["energy"] = [joules(value) for value in energy.layers_j]
    rows = Table(box=None, padding=(0, 1, 0, 0), header_style="bold", expand=False)
    for name in columns:
        rows.add_column(name, justify="left" if name in ("layer", "kernel") else "right", no_wrap=True)
    for cells in zip(*columns.values(), strict=True):
        rows.add_row(*map(escape, cells))
    return rows


def joules(value: float) -> str:
    """Return an energy with three digits, as nJ, uJ, mJ or J."""
    scale, unit = next(
        (s, u) for s, u in ((1e9, "nJ"), (1e6, "uJ"), (1e3, "mJ"), (1.0, "J")) if abs(value) * s < 1000 or u == "J"
    )
    return f"{value * scale:.3g} {unit}"


def _median(spread: Spread | None) -> int | None:
    return None if spread is None else spread.median


def _us(cycles: int | None, clock_hz: int) -> float | None:
    return None if cycles is None or clock_hz <= 0 else cycles / clock_hz * 1e6


def _per_mac(cycles: int | None, macs: int) -> float | None:
    return None if cycles is None or not macs else round(cycles / macs, 4)


def _share(spread: Spread | None, profile: Profile) -> float | None:
    total = sum(other.median for other in profile.layers if other is not None)
    return None if spread is None or not total else round(spread.median / total, 6)


def _difference(measured: int | None, simulated: int | None) -> float | None:
    return None if measured is None or not simulated else round(measured / simulated - 1, 6)


def _percent(measured: int | None, simulated: int | None) -> str:
    difference = _difference(measured, simulated)
    return "-" if difference is None else f"{difference * 100:+.1f} %"
