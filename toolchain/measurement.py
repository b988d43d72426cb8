"""What kernels cost on a core, found by running them: each call alone, in a small firmware on the simulator.

Costs are kept between runs (cache.py). One is found again by all that it depends on: the kernel's and the simulator's
sources, the call's constants (arrays by shape alone: no kernel's time depends on the values of weights), the sizes of
its buffers, core, flash, compiler, flags and rounding.

Each function begins at a page of the emulator, so that a kernel's cycles do not depend on what was measured with it,
but for an instruction or two: the length of the switch through which the layer is called.
"""

from __future__ import annotations

import dataclasses
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from toolchain import cache as disk
from toolchain import compilers, emit, plan, profile, resources, runners, targets
from toolchain.artifacts import Firmware, KernelCost, LayerProfile, SourceTree
from toolchain.compilers import map_file
from toolchain.emit import sources
from toolchain.ir import Graph, Step
from toolchain.numerics import Rounding
from toolchain.plan import Call, Measure
from toolchain.targets import Target

Parts: TypeAlias = tuple[tuple[str, int], ...]

RUNNER = "simulator"
#: In the linker script: every function at the start of one of the emulator's pages, where it cuts blocks in two.
TEXT, ALIGNED_TEXT = ".text : {", ".text : SUBALIGN(1024) {"
#: Share of the board's flash that the constants of one firmware may take.
FLASH_SHARE = 0.75
_LAYER = re.compile(r"\.text\.layer(\d+)(_|$)")


def place(target: Target) -> Target | None:
    """Return where kernels are measured for a target: there, else its core's default board; None: nowhere."""
    default = targets.boards().get(target.core.default_board)
    boards = [target.board, *([default] if default is not None else [])]
    board = next((b for b in boards if RUNNER in b.runners and target.core.timing is not None), None)
    return None if board is None else Target(name=board.name, core=target.core, board=board)


def meter(target: Target, compiler: compilers.Compiler, rounding: Rounding) -> Measure | None:
    """Return a function that measures calls for a target; None where its core cannot be simulated."""
    where = place(target)
    if where is None:
        return None

    def measure(graph: Graph, calls: Sequence[Call]) -> list[KernelCost | None]:
        keys = [_key(graph, call, where, compiler, rounding) for call in calls]
        known = {key: disk.read("kernels", key) for key in dict.fromkeys(keys)}
        unknown = {key: call for key, call in zip(keys, calls, strict=True) if known[key] is None}
        for chunk in _chunks(list(unknown.values()), where):
            costs = _run(graph, chunk, where, compiler, rounding)
            for key, cost in zip([k for k, c in unknown.items() if c in chunk], costs, strict=True):
                known[key] = dataclasses.asdict(cost)
                disk.write("kernels", key, known[key])
        return [_read(known[key]) for key in keys]

    return measure


def _key(graph: Graph, call: Call, where: Target, compiler: compilers.Compiler, rounding: Rounding) -> str:
    params = {k: (v.dtype.str, v.shape) if isinstance(v, np.ndarray) else v for k, v in call.params.fields().items()}
    sizes = [graph.tensors[name].size_bytes for name in (*call.inputs, *call.outputs)]
    flash = where.board.region("flash")
    return disk.key(call.kernel.name, _sources(call.node.op), params, sizes, where.core.timing, flash.wait_states,
                    flash.line_bytes, where.core.flags.get(compiler.kind), compiler.version, rounding.value)


@cache
def _sources(op: str) -> str:
    """Return a hash of the files that a kernel's cost depends on."""
    templates = resources.templates()
    folders = [templates / "common", templates / "kernels" / op, templates / "model", Path(runners.__file__).parent]
    files = [p for f in folders for p in f.rglob("*") if p.suffix in (".c", ".h", ".j2", ".py")]
    return disk.digest([*files, Path(__file__)])


def _chunks(calls: Sequence[Call], where: Target) -> Iterator[list[Call]]:
    """Yield the calls in lots whose constants fit the flash."""
    room, chunk = int(where.board.region("flash").size_bytes * FLASH_SHARE), list[Call]()
    left = room
    for call in calls:
        size = plan.weights_bytes(call.params)
        if chunk and size > left:
            yield chunk
            chunk, left = [], room
        chunk.append(call)
        left -= size
    if chunk:
        yield chunk


def _run(graph: Graph, calls: Sequence[Call], where: Target, compiler: compilers.Compiler,
         rounding: Rounding) -> list[KernelCost]:
    program = plan.probe(graph, calls, rounding)
    tree = _aligned(emit.emit(program, where, emit.Info("probe", "0", "probe")))
    with tempfile.TemporaryDirectory(prefix="toolchain-probe-") as folder:
        firmware = compiler.build(tree, where, Path(folder))
        with runners.open_device(firmware, where, RUNNER) as client:
            run = profile.profile(client, program)
        own, objects = _code_bytes(firmware)
    return [_cost(layer, own.get(step.index, 0), _shared(step, objects), run.source)
            for step, layer in zip(program.steps, run.layers, strict=True)]


def _aligned(tree: SourceTree) -> SourceTree:
    assert tree.linker_script is not None
    script = tree.files[tree.linker_script]
    assert TEXT in script
    return dataclasses.replace(tree, files={**tree.files, tree.linker_script: script.replace(TEXT, ALIGNED_TEXT)})


def _cost(layer: LayerProfile, layer_bytes: int, shared: Parts, source: str) -> KernelCost:
    assert layer.cycles is not None and layer.instructions is not None
    return KernelCost(layer.cycles, layer.instructions, layer_bytes, shared, source)


def _read(kept: Mapping[str, Any]) -> KernelCost:
    return KernelCost(**{**kept, "shared": tuple((str(name), int(size)) for name, size in kept["shared"])})


def _shared(step: Step, objects: Mapping[str, int]) -> Parts:
    """Return the bytes of the files that a kernel brings into the firmware."""
    files, _ = sources.kernels([step])
    names = sorted(Path(name).stem for name in files if name.endswith(".c"))
    return tuple((name, objects[name]) for name in names if name in objects)


def _code_bytes(firmware: Firmware) -> tuple[dict[int, int], dict[str, int]]:
    """Return the bytes of code of each layer's function by index, and of each object of the model by name."""
    assert firmware.map is not None
    layers: dict[int, int] = {}
    objects: dict[str, int] = {}
    for part in map_file.parse(firmware.map.read_text(encoding="utf-8")):
        if part.output not in (".text", ".rodata", ".data"):
            continue  # debug information
        if found := _LAYER.match(part.section):
            layers[int(found.group(1))] = layers.get(int(found.group(1)), 0) + part.size_bytes
        objects[Path(part.object).stem] = objects.get(Path(part.object).stem, 0) + part.size_bytes
    return layers, objects
