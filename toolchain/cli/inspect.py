"""toolchain inspect: what a model or a build holds: layers, shapes, MACs, bytes, what sets the peak."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from toolchain.cli._options import Json, variable

if TYPE_CHECKING:
    from toolchain.inspection import GraphFacts, Lossless
    from toolchain.ir import Graph

PANEL, ORDER = "Look up", 0


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .pt2, a .tflite or a build directory.")],
    calibration: Annotated[
        Path | None,
        typer.Option(
            "--calibration",
            envvar=variable("calibration"),
            help=".npz with x, for a .pt2: quantise it, and tell what can be removed without loss.",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Print layers, shapes, MACs and bytes of a model or a build, and what sets its peak of memory.

    Of a quantised model (a .tflite, a build, a .pt2 with --calibration) also what the lossless passes remove: channels
    that cannot change the outputs, to the last bit.
    """
    from dataclasses import asdict

    from toolchain.cli._console import print_json
    from toolchain.inspection import inspect

    graph = _graph(file)
    facts, lossless = inspect(graph), _lossless(file, graph, calibration)
    if json:
        print_json({**asdict(facts), "lossless": None if lossless is None else asdict(lossless)})
    else:
        _print(facts)
        _print_lossless(lossless)


def _graph(file: Path) -> Graph:
    from toolchain import frontend, passes, program_file
    from toolchain.errors import UsageError

    if file.is_dir():
        return program_file.load(file / "program.json").graph
    if not file.is_file():
        raise UsageError(f"no file {file}")
    if file.suffix == ".tflite":
        return frontend.load_tflite(file)
    if file.suffix == ".pt2":
        return passes.canonicalise(frontend.load_pt2(file))
    raise UsageError(f"cannot inspect '{file.name}': a .pt2, a .tflite or a build directory is expected")


def _lossless(file: Path, graph: Graph, calibration: Path | None) -> Lossless | None:
    """Return what the lossless passes remove, or removed when the build was made; None for a float model."""
    from dataclasses import replace

    from toolchain import evaluation, inspection, report
    from toolchain.compress.quantize import quantize
    from toolchain.data import Data, inputs_of, read_npz

    if file.is_dir():
        rows = [row for row in report.load(file).compression if row.technique == "remove dead channels"]
        gone = tuple(inspection.removed(row) for row in rows)
        made = report.load(file).model.macs
        return replace(inspection.lossless(graph), removed=gone, macs_before=made)
    if evaluation.is_integer(graph):
        return inspection.lossless(graph)
    if calibration is None:
        return None
    data = Data(inputs_of(read_npz(calibration, "--calibration"), f"{calibration} (--calibration)"))
    return inspection.lossless(quantize(graph, evaluation.on_device(graph, data).calibration))


def _print_lossless(lossless: Lossless | None) -> None:
    from toolchain.cli._console import print_rows
    from toolchain.report import units

    if lossless is None:
        print("what can be removed without loss is known of a quantised model: --calibration X.npz")
        return
    if not lossless.removed:
        print("nothing to remove without loss: every channel can change the outputs")
        return
    print(
        f"\nremoved without loss, {units.count(lossless.macs_before)} MACs before and "
        f"{units.count(lossless.macs_after)} after:"
    )
    rows = [(r.layer, f"{r.channels} of {r.of}", units.kib(r.saved_bytes)) for r in lossless.removed]
    print_rows(("layer", "channels", "saved"), rows)


def _print(facts: GraphFacts) -> None:
    from toolchain.cli._console import print_rows
    from toolchain.report import units

    for kind, ends in (("input", facts.inputs), ("output", facts.outputs)):
        for name, shape in ends:
            print(f"{kind:<7} {name} {list(shape)}")
    print()
    rows = [
        (
            layer.name,
            layer.op,
            units.shape(layer.shape),
            units.count(layer.macs) if layer.macs else "-",
            units.kib(layer.weights_bytes) if layer.weights_bytes else "-",
            units.kib(layer.output_bytes),
            units.kib(layer.live_bytes),
        )
        for layer in facts.layers
    ]
    print_rows(("layer", "op", "output", "MACs", "weights", "output", "live"), rows)
    print(
        f"\n{units.count(facts.macs)} MACs, {units.kib(facts.weights_bytes)} of weights as int8; "
        f"the peak, {units.kib(facts.peak_bytes)}, is at {facts.peak}"
    )
