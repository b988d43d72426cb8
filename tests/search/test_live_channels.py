"""Channels that int8 does without are no saving: the search begins without them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.compress.data import load
from tests.search.costs import cost
from toolchain.compress.layers import bias_of, find, rows, weighted, with_constant, with_rows
from toolchain.compress.quantize import quantize
from toolchain.compression import live
from toolchain.ir import Graph
from toolchain.ops.execute import run_float


def silenced(graph: Graph, name: str, constant: float) -> Graph:
    """Return the graph in which every second channel of a layer has no weights, only a bias."""
    node = find(graph, name)
    matrix, bias = rows(graph, node).copy(), bias_of(graph, node).copy()
    matrix[::2], bias[::2] = 0, constant
    return with_constant(with_rows(graph, node, matrix), node, 2, bias)


@pytest.mark.parametrize("constant", [-1.0, 0.5])
@pytest.mark.parametrize("layer", [0, -2])
def test_the_float_graph_has_the_channels_that_int8_has(layer: int, constant: float) -> None:
    example = load("digits")
    graph = silenced(example.graph, weighted(example.graph)[layer].name, constant)
    found = live(graph, example.data)
    x = [example.data.calibration[0][:32]]
    assert np.allclose(run_float(found, x)[0], run_float(graph, x)[0], atol=0.02 * np.abs(run_float(graph, x)[0]).max())
    sizes = [cost(quantize(g, example.data.calibration)).weights_bytes for g in (found, graph)]
    assert sizes[0] == sizes[1]
    counts = [sum(t.count for t in g.constants()) for g in (found, graph)]
    assert counts[0] < counts[1] or (layer == 0 and constant > 0)  # a padded reader needs what is not zero


def test_a_graph_without_dead_channels_stays_as_it_is() -> None:
    example = load("digits")
    assert live(example.graph, example.data) is example.graph
