"""toolchain profile: cycles, time and energy per layer, stack and memory, on a device or the simulator."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from toolchain.cli._options import Adb, BuildFolder, Json, Port, Runner, variable

if TYPE_CHECKING:
    from toolchain.artifacts import Energy, Profile, RunResult
    from toolchain.build_directory import Build

PANEL, ORDER = "Run", 3
#: Runs on what does not take the same time always.
RUNS = 5


Runs = Annotated[
    int | None,
    typer.Option(
        "--runs",
        envvar=variable("runs"),
        min=1,
        help=f"Inferences to measure; {RUNS} by default, 1 where each takes the same.",
        show_default=False,
    ),
]
TraceFile = Annotated[
    Path | None,
    typer.Option(
        "--trace",
        envvar=variable("trace"),
        help="CSV of a power analyser (PPK2, Joulescope), recorded during inferences: adds energies.",
        show_default=False,
    ),
]
Marker = Annotated[
    str,
    typer.Option(
        "--marker",
        envvar=variable("marker"),
        help="Digital channel of the marker pin, or uart:D0,D1, the lines the device receives and sends on.",
    ),
]
Voltage = Annotated[
    float | None,
    typer.Option(
        "--voltage", envvar=variable("voltage"), help="Supply in V where the trace has none.", show_default=False
    ),
]


def command(
    folder: BuildFolder = None,
    port: Port = None,
    adb: Adb = None,
    runner: Runner = None,
    runs: Runs = None,
    trace: TraceFile = None,
    marker: Marker = "D0",
    voltage: Voltage = None,
    json: Json = False,
) -> None:
    """Print cycles and time per layer, stack and memory; on the simulator without --port.

    Simulated figures stand beside measured ones, and energies where a current trace is given.
    """
    from toolchain import profile, report, runners
    from toolchain.build_directory import open_build
    from toolchain.cli._console import color, print_json, warn_of_fault, width
    from toolchain.cli._options import build_folder
    from toolchain.report import measured

    place = build_folder(folder)
    build = open_build(place)
    inputs = [x[0] for x in build.vectors.inputs]
    model_hash = str(build.manifest["model_hash"])
    if adb is not None:
        from toolchain.cli import _phone

        result, facts = _phone.measurement(build, adb, runs)
        facts += _phone.budget(report.load(place), result)
        if json:
            print_json({**measured.record(report.load(place), result), "phone": dict(facts)})
        else:
            typer.echo(measured.table(report.load(place), result, color=color(), width=width()), nl=False)
            typer.echo("".join(f"\n{name:<10}  {text}" for name, text in facts))
        return
    with runners.open_device(build.firmware, build.target, runner, port) as client:
        warn_of_fault(client)
        count = runs or (1 if client.runner in ("simulator", "qemu", "qemu-user") else RUNS)
        result = profile.repeated(client, build.program, inputs, runs=count, model_hash=model_hash)
    cores = build.target.board.modelled_cores if client.runner == "qemu-user" else ()
    result = replace(result, first=profile.estimated(result.first, build.firmware.elf, cores))
    simulated = None
    if client.runner != "simulator" and "simulator" in build.target.board.runners:
        with runners.open_device(build.firmware, build.target, "simulator") as client:
            simulated = profile.profile(client, build.program, inputs, model_hash=model_hash)
    energy = None if trace is None else _energy(trace, marker, voltage, build, result, simulated)
    if json:
        print_json(measured.record(report.load(place), result, simulated, energy))
    else:
        typer.echo(measured.table(report.load(place), result, simulated, energy, color(), width()), nl=False)


def _energy(
    path: Path, marker: str, voltage: float | None, build: Build, result: Profile, simulated: RunResult | None
) -> Energy:
    """Return the energies in a trace, its inferences divided by measured cycles, else by simulated ones."""
    from toolchain.errors import UsageError
    from toolchain.profile import energy, trace

    layers = [None if spread is None else spread.median for spread in result.layers]
    total = None if result.cycles is None else result.cycles.median
    if simulated is not None and (total is None or None in layers):
        layers, total = [layer.cycles for layer in simulated.layers], simulated.cycles
    known = tuple(cycles for cycles in layers if cycles is not None)
    if total is None or len(known) < len(layers):
        raise UsageError(
            "a trace cannot be divided among layers without their cycles", [("runner", result.first.runner)]
        )
    inference = energy.Inference(known, total / build.target.board.clock_hz)
    return energy.energy(trace.read(path), marker, inference, voltage, build.target.board.baud)
