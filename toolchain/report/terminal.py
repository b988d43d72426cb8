"""The report as a table for a terminal of 100 columns."""

from __future__ import annotations

import io

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table

from toolchain.report import units
from toolchain.report.model import Checks, Compression, Layer, Report

COLUMNS = 100


def table(report: Report, color: bool = False, width: int = COLUMNS) -> str:
    """Return the report as text; ``color`` adds ANSI styles."""
    return print_parts(width, color, title(report), "", _summary(report), "", _layers(report), *_estimates(report),
                       _notes(report))


def print_parts(width: int, color: bool, *parts: RenderableType) -> str:
    """Return text and tables as they come out on a terminal of this width, without trailing blanks."""
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=color, no_color=not color, highlight=False)
    for part in parts:
        console.print(part)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def title(report: Report) -> str:
    """Return the line that names the model, the board and the compiler, as markup."""
    return f"[bold]{escape(report.name)}[/bold]  {escape(_target_line(report))}"


def _target_line(report: Report) -> str:
    target = report.target
    clock = f", {target.clock_hz / 1e6:g} MHz" if target.clock_hz else ""
    return f"on {target.board} ({target.core}{clock}), built with {target.compiler}"


def _summary(report: Report) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold")
    grid.add_column(justify="right")
    grid.add_column()
    for label, value, rest in summary_rows(report):
        grid.add_row(label, escape(value), escape(rest))
    return grid


def summary_rows(report: Report) -> list[tuple[str, str, str]]:
    """Return (label, figure, remarks) of everything but the layers; the HTML page shows the same rows."""
    a, s, t, m, v = report.accuracy, report.size, report.speed, report.model, report.verification
    gap = s.arena_bytes / s.arena_lower_bound_bytes - 1 if s.arena_lower_bound_bytes else 0.0
    accuracy = [
        f"compressed; float {units.score(a.metric, a.float)} ({a.samples} samples)",
        f"on the device {units.score(a.metric, a.device)} ({a.device_samples})",
    ]
    flash = [
        f"weights {units.kib(s.weights_bytes)}",
        f"code {units.kib(s.code_bytes)}",
        f"{s.library}, stripped" if s.library else f"application {units.kib(s.app_bytes)}",
    ]
    ram = [
        f"arena {units.kib(s.arena_bytes)} (bound {units.kib(s.arena_lower_bound_bytes)}, gap {units.percent(gap)})",
        f"stack {units.kib(s.stack_bytes)}",
        f".data + .bss {units.kib(s.data_bytes + s.bss_bytes)}",
    ]
    speed = [t.source + (f" within {t.error_band}" if t.error_band else "")]
    if t.processors:
        speed[0] += " as one cycle an instruction"
    else:
        speed.append(f"{units.count(t.cycles)} cycles ({units.ratio(t.cycles, m.macs)} per MAC)")
    speed.append(f"{units.count(t.instructions)} instructions")
    speed += [f"{units.count(p.instructions)} on {p.name}" for p in t.processors[1:]]
    model = [
        f"MACs ({units.count(m.live_macs)} with a weight that is not zero)",
        f"{units.count(m.parameters)} parameters",
    ]
    on = f"{v.runner}: {', '.join(v.processors)}" if v.processors else v.runner
    verified = [f"output elements differ, {v.vectors} vectors on {on}"]
    if v.differing_elements:
        verified.append(f"by at most {v.max_difference_lsb} LSB, first in {v.first_bad_layer}")
    rows = [
        (a.metric, units.score(a.metric, a.compressed), accuracy),
        ("library" if s.library else "flash", units.kib(s.flash_bytes), flash),
        ("RAM", units.kib(s.ram_bytes), ram),
        ("latency", units.time(t.latency_us), speed),
        ("model", units.count(m.macs), model),
        ("verified", f"{v.differing_elements} of {v.elements}", verified),
    ]
    if t.estimates or t.no_estimate:
        cycles = [e.label for e in t.estimates[:1]] + [f"{units.count(e.cycles)} on {e.core}" for e in t.estimates[1:]]
        missing = [f"not estimated: {t.no_estimate}"] if t.no_estimate else []
        rows.insert(4, ("cycles", units.count(t.estimates[0].cycles) if t.estimates else "-", [*cycles, *missing]))
    rams = [region for region in report.memory.regions[1:] if region.used_bytes]
    if len(rams) > 1:
        sizes = [f"{units.kib(r.used_bytes)} of {units.kib(r.size_bytes)}" for r in rams]
        held = [f"{r.name} {size} ({' + '.join(r.holds)})" for r, size in zip(rams, sizes, strict=True)]
        rows.insert(3, ("", "", held))
    if limits := _limits(report):
        rows.append(("budget", "met" if report.budget.met else "NOT MET", limits))
    return [(label, figure, ", ".join(remarks)) for label, figure, remarks in rows]


def _limits(report: Report) -> list[str]:
    """Return each limit with its figure."""
    b, s, latency = report.budget, report.size, report.speed.latency_us
    parts = []
    if b.flash_bytes is not None:
        name, fits = "library" if s.library else "flash", s.flash_bytes <= b.flash_bytes
        parts.append(_limit(name, units.kib(s.flash_bytes), units.kib(b.flash_bytes), fits))
    if b.weights_bytes is not None:
        fits = s.weights_bytes <= b.weights_bytes
        parts.append(_limit("weights", units.kib(s.weights_bytes), units.kib(b.weights_bytes), fits))
    if b.ram_bytes is not None:
        parts.append(_limit("RAM", units.kib(s.ram_bytes), units.kib(b.ram_bytes), s.ram_bytes <= b.ram_bytes))
    if b.latency_us is not None:
        holds = latency is not None and latency <= b.latency_us
        parts.append(_limit("latency", units.time(latency), units.time(b.latency_us), holds))
    if b.max_drop is not None:
        parts.append(f"drop at most {units.percent(b.max_drop)}")
    return parts


def _limit(name: str, value: str, limit: str, ok: bool) -> str:
    return f"{name} {value} of {limit}" + ("" if ok else " (over)")


def _layers(report: Report) -> Table:
    """Return the layers with their cycles; with the instructions on each processor where a target has several."""
    speeds = [p.name for p in report.speed.processors] or ["cycles", "instr.", "c/MAC", "share"]
    rows = Table(box=None, padding=(0, 1, 0, 0), header_style="bold", expand=False)
    for name in ("layer", "kernel"):
        rows.add_column(name, no_wrap=True)
    for name in ("output", "MACs", *speeds, "SQNR"):
        rows.add_column(name, justify="right", no_wrap=True)
    for index in range(len(report.layers)):
        rows.add_row(*map(escape, _cells(report, index)))
    return rows


def estimates_title(report: Report) -> str:
    """Return what the table of estimated cycles shows."""
    tools = ", ".join(dict.fromkeys(e.tool for e in report.speed.estimates))
    return f"cycles, estimated ({tools}): blocks as loops of themselves, without caches"


def _estimates(report: Report) -> list[RenderableType]:
    """Return the layers' cycles on cores that were not here; nothing without estimates."""
    estimates = report.speed.estimates
    if not estimates:
        return []
    rows = Table(box=None, padding=(0, 1, 0, 0), header_style="bold", expand=False)
    rows.add_column("layer", no_wrap=True)
    for estimate in estimates:
        rows.add_column(estimate.core, justify="right", no_wrap=True)
    for index, layer in enumerate(report.layers):
        rows.add_row(*map(escape, (shortened(layer.name, 22), *(units.count(e.layers[index]) for e in estimates))))
    return ["", escape(estimates_title(report)), rows]


def _cells(report: Report, index: int) -> tuple[str, ...]:
    """Return the cells of one layer. The kernel's name starts with the operator's; the unit of SQNR is dB."""
    layer = report.layers[index]
    return (
        shortened(layer.name, 22),
        shortened(layer.kernel.removeprefix("tc_") or layer.op, 28),
        units.shape(layer.shape),
        units.count(layer.macs) if layer.macs else "-",
        *([units.count(p.layers[index]) for p in report.speed.processors] or _cycles(report, layer)),
        "-" if layer.sqnr_db is None else f"{layer.sqnr_db:.1f}",
    )


def _cycles(report: Report, layer: Layer) -> list[str]:
    """Return the cells of cycles, instructions, cycles per MAC and share."""
    total = sum(other.cycles or 0 for other in report.layers)
    share = units.percent(layer.cycles / total) if layer.cycles is not None and total else "-"
    return [
        units.count(layer.cycles),
        units.count(layer.instructions),
        units.ratio(layer.cycles, layer.macs),
        share,
    ]


def shortened(name: str, width: int) -> str:
    """Return a dotted name that fits: outer modules by their first letter (``f.3.depthwise.conv``), then cut."""
    parts = name.split(".")
    for index, part in enumerate(parts[:-1]):
        if len(".".join(parts)) > width and not part.isdigit():
            parts[index] = part[:1]
    short = ".".join(parts)
    return short if len(short) <= width else "…" + short[1 - width :]


def _notes(report: Report) -> str:
    """Return what is easily overlooked: layers that fell back to portable C, and compressions."""
    portable = {layer.name for layer in report.layers if layer.kernel.endswith("_ref")}
    fallbacks: dict[str, list[str]] = {}
    for rejected in report.rejected:
        if rejected.layer in portable:
            fallbacks.setdefault(f"not {rejected.kernel}: {rejected.reason}", []).append(rejected.layer)
    lines = [
        f"[yellow]fallback[/yellow]    {escape(', '.join(names))}: {escape(why)}" for why, names in fallbacks.items()
    ]
    techniques: dict[str, list[Compression]] = {}
    for item in report.compression:
        techniques.setdefault(item.technique, []).append(item)
    for technique, items in techniques.items():
        saved = units.kib(sum(item.flash_saved_bytes for item in items))
        lines.append(f"compressed  {escape(technique)}: {len(items)} layers, {saved} less flash")
    if report.checks is not None:
        lines.append(f"checks      {escape(_checks(report.checks))}")
    lines += [f"nearest     {escape(text)}" for text in report.budget.advice]
    return "\n" + "\n".join(lines) if lines else ""


def _checks(checks: Checks) -> str:
    """Return the checks of a compressed model in one line."""
    worst = max(checks.classes, key=lambda c: c.before - c.after)
    noise, flips = checks.noise[-1], checks.bit_flips[-1]
    parts = [
        f"agrees with float on {units.percent(checks.agreement)} of {checks.samples}",
        f"class {worst.label} {units.percent(worst.before)} to {units.percent(worst.after)}",
        f"ECE {units.percent(checks.ece_before)} to {units.percent(checks.ece_after)}",
        f"{units.percent(noise.after)} with {units.percent(noise.level, 0)} noise",
        f"{units.percent(flips.after)} with {units.percent(flips.level, 0)} of the bits flipped",
    ]
    if checks.saliency is not None:
        parts.append(f"saliency {checks.saliency:.2f}")
    return ", ".join(parts)
