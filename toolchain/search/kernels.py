"""What the kernels of a storage cost beside the bytes of the weights: cycles and code, measured on whole candidates.

Units: cycles relative to int8's, bytes of code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from toolchain.compress.substitution import parts_of
from toolchain.ir import Graph
from toolchain.search.alternatives import Decision
from toolchain.search.cost import Cost
from toolchain.search.recipe import Recipe, Step

#: Hears what is under way, how much of it is done, and of how much.
Hear = Callable[[str, int, int], None]
#: Returns the exact cost of a recipe.
Measure = Callable[[Recipe], Cost]


def paces(decisions: Sequence[Decision], cost: Measure, hear: Hear) -> Mapping[tuple[str, str], float]:
    """Return cycles relative to int8 by (layer, step's text), measured on one candidate per config of storage."""
    together: dict[str, list[Step]] = {}
    for step in _storing(decisions):
        together.setdefault(step.text(), []).append(step)
    plain, found = cost(Recipe()).layers, dict[tuple[str, str], float]()
    for i, (text, steps) in enumerate(together.items()):
        layers = cost(Recipe(tuple(steps))).layers
        for step in steps:
            if step.site in layers and plain[step.site].cycles:
                cycles = sum(layers[name].cycles for name in parts_of(step.site, layers))
                found[step.site, text] = cycles / plain[step.site].cycles
        hear("kernels", i + 1, len(together))
    return found


def codes(graph: Graph, decisions: Sequence[Decision], cost: Measure, hear: Hear) -> Mapping[tuple[str, str], float]:
    """Return the code that storages bring by (operator, kind), measured with one layer stored so, and together.

    Under the operator "" stands what operators share: by how much all together bring less than each alone.
    """
    operators = {n.name: n.op for n in graph.nodes}
    chosen: dict[str, dict[str, Step]] = {}
    for step in _storing(decisions):
        if step.kind:
            chosen.setdefault(step.kind, {}).setdefault(operators[step.site], step)
    found = dict[tuple[str, str], float]()
    for i, (kind, steps) in enumerate(chosen.items()):
        alone = {name: _code([step], cost) for name, step in steps.items()}
        others, common = len(steps) - 1, 0.0
        if others:
            common = max(0.0, sum(alone.values()) - _code(list(steps.values()), cost)) / others
        found["", kind] = min(common, *alone.values())
        found |= {(name, kind): code - found["", kind] for name, code in alone.items()}
        hear("code", i + 1, len(chosen))
    return found


def _code(steps: Sequence[Step], cost: Measure) -> float:
    """Return the code that steps bring to that of int8."""
    with_steps, plain = cost(Recipe(tuple(steps))), cost(Recipe())
    return max(0.0, with_steps.flash_bytes - with_steps.weights_bytes - (plain.flash_bytes - plain.weights_bytes))


def _storing(decisions: Sequence[Decision]) -> list[Step]:
    """Return the steps that say how the weights of a decision's own layer are stored."""
    return [a.step for d in decisions for a in d.alternatives
            if a.step is not None and a.step.weights is not None and a.step.site == d.name]
