"""What a candidate of the search costs: it is planned, compiled, linked and run once on the simulator, as a build is.

The search also looks at candidates that are larger than the board, so they are linked for one with more memory.
Costs are kept between runs (cache.py), by the candidate's quantised graph and all that the firmware depends on.
"""

from __future__ import annotations

import dataclasses
import tempfile
from functools import cache
from pathlib import Path

from toolchain import __version__, compilers, emit, plan, profile, program_file, resources, runners
from toolchain import cache as disk
from toolchain.budget import Budget
from toolchain.ir import Graph, Program
from toolchain.numerics import Rounding
from toolchain.passes.dead_channels import remove_dead_channels
from toolchain.plan import Measure, Objective
from toolchain.search import Cost, CostModel, LayerCost
from toolchain.targets import Target

KIND = "costs"
NO_LIMITS = Budget()
#: A candidate may be so many times larger than the board.
ROOM = 8


def cost_model(target: Target, compiler: compilers.Compiler, rounding: Rounding, measure: Measure | None,
               objective: Objective, budget: Budget = NO_LIMITS, runner: str | None = None) -> CostModel:
    """Return a function from a quantised graph to its exact cost; latency is infinite where no runner counts cycles.

    ``budget`` is what the planner is told of.
    """
    roomy = _roomy(target)

    def cost(graph: Graph) -> Cost:
        compact, _ = remove_dead_channels(graph, rounding)
        program = plan.plan(compact, target, rounding=rounding, measure=measure, objective=objective,
                            ram_bytes=budget.ram_bytes, flash_bytes=budget.flash_bytes,
                            constants_bytes=budget.weights_bytes)
        key = disk.key(program_file.digest(program), [s.kernel for s in program.steps], _sources(), __version__,
                       target.model_dump_json(), compiler.version, runner)
        known = disk.read(KIND, key)
        if known is None:
            known = dataclasses.asdict(_measure(program, roomy, compiler, runner))
            disk.write(KIND, key, known)
        layers = {name: LayerCost(**layer) for name, layer in known.pop("layers").items()}
        return Cost(**known, layers=layers)

    return cost


def showable(budget: Budget, target: Target, runner: str | None = None) -> Budget:
    """Return the limits that a candidate's cost can keep: without the latency where the runner counts no cycles."""
    return budget if runners.choose(target, runner).counts_cycles else dataclasses.replace(budget, latency=None)


def _measure(program: Program, target: Target, compiler: compilers.Compiler, runner: str | None) -> Cost:
    tree = emit.emit(program, target, emit.Info("candidate", __version__, "0"))
    with tempfile.TemporaryDirectory(prefix="toolchain-candidate-") as folder:
        firmware = compiler.build(tree, target, Path(folder))
        with runners.open_device(firmware, target, runner) as client:
            run = profile.profile(client, program)
    sizes = firmware.sizes
    cycles = float(run.cycles or 0)
    clock = target.board.clock_hz
    latency = cycles / clock * 1e6 if run.cycles is not None and clock else float("inf")
    counted = [float(layer.cycles or 0) for layer in run.layers] or [0.0] * len(program.steps)
    layers = {s.name: LayerCost(s.weights_bytes, c) for s, c in zip(program.steps, counted, strict=True)}
    return Cost(sizes.flash_bytes, sizes.ram_bytes, sizes.arena_bytes, sizes.weights_bytes, cycles, latency, layers)


def _roomy(target: Target) -> Target:
    """Return the target with ROOM times the memory; code and cycles do not depend on its size."""
    memory = tuple(m.model_copy(update={"size_bytes": ROOM * m.size_bytes}) for m in target.board.memory)
    return target.model_copy(update={"board": target.board.model_copy(update={"memory": memory})})


@cache
def _sources() -> str:
    """Return a hash of what becomes firmware, and of what counts its cycles."""
    folders = [resources.templates(), resources.targets(), Path(runners.__file__).parent]
    return disk.digest(p for f in folders for p in f.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
