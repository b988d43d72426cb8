"""Each pass alone: the float graph computes the same before and after, and what the pass is for has happened."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.frontend.models import Call, count, data, operators, randomise, run
from toolchain.frontend import capture
from toolchain.ir import Graph, GraphError, Node, Tensor, check
from toolchain.ops.activation import ActivationAttributes
from toolchain.passes import PASSES, canonicalise

MODEL = nn.Sequential(
    nn.ZeroPad2d((1, 0, 0, 1)), nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 8, 3, groups=4),
    nn.BatchNorm2d(8), nn.ReLU6(), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(32, 3), nn.Softmax(1))
SHAPE = (1, 3, 8, 8)


def captured(module: nn.Module, shape: tuple[int, ...] = SHAPE) -> Graph:
    return capture(randomise(module), torch.zeros(shape), "model")


def after(module: nn.Module, shape: tuple[int, ...] = SHAPE) -> Graph:
    return canonicalise(captured(module, shape))


@pytest.mark.parametrize("index", range(len(PASSES)), ids=[f"{i} {p.__name__}" for i, p in enumerate(PASSES)])
def test_every_pass_keeps_the_values(index: int) -> None:
    graph, inputs = captured(MODEL), data([SHAPE])
    for step in PASSES[:index]:
        graph = step(graph)
    changed = check(PASSES[index](graph), PASSES[index].__name__)
    np.testing.assert_allclose(run(changed, inputs)[0], run(graph, inputs)[0], rtol=1e-5, atol=1e-6)


def test_a_broken_pass_is_named() -> None:
    def forget_nodes(graph: Graph) -> Graph:
        return graph.replace(nodes=graph.nodes[:-1])

    with pytest.raises(GraphError, match="after forget_nodes"):
        canonicalise(captured(MODEL), [forget_nodes])


def test_batch_norm_folds_only_where_it_is_exact() -> None:
    """Before a padded convolution an offset would be wrong at the border: the layer stays, as a depthwise one."""
    assert operators(after(nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 2, 3)))) == ["conv2d"]
    assert operators(after(nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 2, 3, padding=1)))) == [
        "depthwise_conv2d", "conv2d"]
    assert operators(after(Call(lambda m, x: m.c(x * 0.25), c=nn.Conv2d(3, 2, 3, padding=1)))) == ["conv2d"]
    assert operators(after(Call(lambda m, x: m.c(x + 0.25), c=nn.Conv2d(3, 2, 3, padding=1)))) == ["add", "conv2d"]
    assert operators(after(Call(lambda m, x: m.c(x) * 2 + 1, c=nn.Conv2d(3, 2, 3, padding=1)))) == ["conv2d"]


def test_batch_norm_does_not_fold_into_a_layer_that_others_read() -> None:
    def forward(m: nn.Module, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        y = m.c(x)
        return y, m.n(y)

    graph = after(Call(forward, c=nn.Conv2d(3, 2, 3), n=nn.BatchNorm2d(2)))
    assert operators(graph) == ["conv2d", "depthwise_conv2d"]


@pytest.mark.parametrize("activation", [nn.ReLU(), nn.ReLU6(), nn.Hardtanh(-0.3, 0.2)])
def test_activation_fuses_into_its_producer(activation: nn.Module) -> None:
    for producer in (nn.Conv2d(3, 3, 3), nn.Conv2d(3, 3, 3, groups=3), nn.AvgPool2d(2), nn.MaxPool2d(2),
                     Call(lambda m, x: x + x.flip(2)), Call(lambda m, x: x * x.flip(2))):
        assert count(after(nn.Sequential(producer, activation)), "clamp") == 0


def test_activation_stays_where_the_unclamped_value_is_read_too() -> None:
    def forward(m: nn.Module, x: torch.Tensor) -> torch.Tensor:
        y = m.c(x)
        return y + F.relu(y)

    assert operators(after(Call(forward, c=nn.Conv2d(3, 3, 3)))) == ["conv2d", "clamp", "add"]


def test_activation_moves_in_front_of_what_only_moves_values() -> None:
    graph = after(Call(lambda m, x: F.relu(m.c(x).permute(0, 3, 1, 2)[:, 1:]), c=nn.Conv2d(3, 3, 3)))
    assert count(graph, "clamp") == 0
    graph = after(nn.Sequential(nn.Conv2d(3, 4, 3), nn.MaxPool2d(2), nn.ReLU()))
    assert [getattr(n.attrs, "clamp", None) for n in graph.nodes] == [(0.0, float("inf")), None]


def test_clamps_that_change_nothing_go_and_chains_become_one() -> None:
    assert operators(after(nn.Sequential(nn.Sigmoid(), nn.ReLU()))) == ["activation"]
    graph = after(Call(lambda m, x: F.relu(x).clamp(max=2).clamp(-1, 3)))
    assert [(n.op, n.attrs.low, n.attrs.high) for n in graph.nodes] == [("clamp", 0.0, 2.0)]


def _padding(graph: Graph, op: str) -> tuple[int, ...]:
    (node,) = (n for n in graph.nodes if n.op == op)
    return node.attrs.padding


def test_padding_fuses_where_it_is_exact() -> None:
    pad = nn.ZeroPad2d((1, 0, 0, 1))
    for window, op in ((nn.Conv2d(3, 2, 3), "conv2d"), (nn.Conv2d(3, 3, 3, groups=3), "depthwise_conv2d"),
                       (nn.AvgPool2d(2), "avg_pool2d")):
        graph = after(nn.Sequential(pad, window))
        assert operators(graph) == [op] and _padding(graph, op) == (0, 1, 1, 0)
    assert operators(after(nn.Sequential(nn.ReLU(), pad, nn.MaxPool2d(2)))) == ["clamp", "max_pool2d"]


def test_padding_stays_where_fusing_it_would_change_values() -> None:
    pad = nn.ZeroPad2d((1, 0, 0, 1))
    assert "pad" in operators(after(nn.Sequential(pad, nn.MaxPool2d(2))))  # zero may be the largest value
    assert "pad" in operators(after(nn.Sequential(nn.ReLU(), nn.ZeroPad2d((2, 0, 0, 0)), nn.MaxPool2d(2))))
    assert "pad" in operators(after(nn.Sequential(nn.ConstantPad2d(1, 0.5), nn.Conv2d(3, 2, 3))))
    assert "pad" in operators(after(nn.Sequential(pad, nn.AvgPool2d(3, padding=1, count_include_pad=False))))


def test_depthwise_is_found_by_its_groups() -> None:
    graph = after(nn.Conv2d(3, 6, 3, groups=3))
    assert operators(graph) == ["depthwise_conv2d"]
    assert graph.tensors[graph.nodes[0].inputs[1]].shape == (1, 3, 3, 6)
    assert operators(after(nn.Conv2d(1, 6, 3), (1, 1, 8, 8))) == ["conv2d"]
    assert operators(after(nn.Conv2d(4, 6, 3, groups=2), (1, 4, 8, 8))) == ["conv2d"]


def test_dead_code_and_constants_leave_the_graph() -> None:
    def forward(m: nn.Module, x: torch.Tensor) -> torch.Tensor:
        m.unused(x)
        return m.used(x)

    graph = after(Call(forward, used=nn.Conv2d(3, 2, 1), unused=nn.Conv2d(3, 2, 3)))
    assert operators(graph) == ["conv2d"]
    assert len([t for t in graph.tensors.values() if t.data is not None]) == 2


def test_nodes_on_constants_are_computed() -> None:
    graph = captured(nn.Linear(4, 3), (1, 4))
    (linear,) = graph.nodes
    negated = Node("negated", "activation", (linear.inputs[2],), ("negated",), ActivationAttributes("neg"))
    reader = Node(linear.name, "linear", (*linear.inputs[:2], "negated"), linear.outputs, linear.attrs)
    graph = graph.with_tensors(Tensor("negated", (3,))).replace(nodes=(negated, reader))
    inputs = data([(1, 4)])
    folded = canonicalise(graph)
    assert operators(folded) == ["linear"]
    np.testing.assert_allclose(run(folded, inputs)[0], run(graph, inputs)[0], rtol=1e-6)
