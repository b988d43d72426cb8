"""toolchain inspect: what a model or a build holds: layers, shapes, MACs, bytes, what sets the peak."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from toolchain.cli._options import Json

if TYPE_CHECKING:
    from toolchain.inspection import GraphFacts
    from toolchain.ir import Graph

PANEL, ORDER = "Look up", 0


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .pt2, a .tflite or a build directory.")],
    json: Json = False,
) -> None:
    """Print layers, shapes, MACs and bytes of a model or a build, and what sets its peak of memory."""
    from dataclasses import asdict

    from toolchain.cli._console import print_json
    from toolchain.inspection import inspect

    facts = inspect(_graph(file))
    if json:
        print_json(asdict(facts))
    else:
        _print(facts)


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
