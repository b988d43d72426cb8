"""Canonicalising passes: the graph as captured becomes one that every later stage can rely on.

What holds afterwards: no batch_norm, no clamp behind a producer that could take it, no constant that depends on
nothing, images NHWC and sequences NLC at inputs and outputs (``Graph.layouts``), as few transposes as could be found.
The order is ``PASSES`` and nowhere else; it runs until nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from toolchain.ir import Graph, check, format_graph
from toolchain.passes.affine import find_depthwise, fold_affine, lower_batch_norm
from toolchain.passes.cleanup import clean_up, drop_dead
from toolchain.passes.constants import fold_constants
from toolchain.passes.fusion import fuse_activation, fuse_pad
from toolchain.passes.layout import lay_out
from toolchain.passes.names import name_nodes

Pass: TypeAlias = Callable[[Graph], Graph]

PASSES: Sequence[Pass] = (
    drop_dead,
    fold_constants,
    lay_out,
    clean_up,
    fold_affine,
    fuse_pad,
    fuse_activation,
    find_depthwise,
    lower_batch_norm,
    clean_up,
    name_nodes,
)

_MOST_SWEEPS = 20


def canonicalise(graph: Graph, passes: Sequence[Pass] = PASSES) -> Graph:
    """Return the graph after running ``passes`` in order, again and again until none changes it; checked after each."""
    for _ in range(_MOST_SWEEPS):
        before = graph
        for step in passes:
            graph = check(step(graph), step.__name__)
        if format_graph(graph) == format_graph(before):
            return graph
    raise AssertionError(f"the passes do not come to rest on {graph.name} in {_MOST_SWEEPS} sweeps")


__all__ = ["PASSES", "Pass", "canonicalise"]
