"""Whole networks: the canonical graph computes what the module computes, in few operators and without transposes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from tests.frontend.models import Call, check_module, count, operators
from toolchain.ir import format_graph
from toolchain.passes import canonicalise


def block(i: int, o: int, **kwargs: Any) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1, bias=False, **kwargs), nn.BatchNorm2d(o), nn.ReLU())


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.skip = block(4, 6, stride=2), nn.Conv2d(6, 6, 3, padding=1), nn.Conv2d(4, 6, 1, 2)
        self.norm, self.head = nn.BatchNorm2d(6), nn.Linear(6, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.norm(self.b(self.a(x))) + self.skip(x))
        return self.head(F.adaptive_avg_pool2d(y, 1).flatten(1))


class PreActivation(nn.Module):
    """The input goes through a layer and, untouched, around it."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.conv = nn.BatchNorm2d(4), nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.conv(F.relu(self.norm(x)))


class Inception(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = block(4, 3), nn.Conv2d(4, 2, 1), nn.Conv2d(4, 2, 1)
        self.head = nn.Linear(7 * 8 * 6, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pooled = self.c(F.max_pool2d(x, 3, 1, 1))
        return self.head(F.relu(torch.cat([self.a(x), self.b(x), pooled], 1)).flatten(1))


class Shuffle(nn.Module):
    """ShuffleNet v2: split, one half through a branch, join, shuffle the channels."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.branch, self.last = nn.Conv2d(3, 8, 1), block(4, 4), nn.Conv2d(8, 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a, b = self.stem(x).chunk(2, 1)
        y = torch.cat([a, self.branch(b)], 1)
        y = y.view(1, 2, 4, 8, 6).transpose(1, 2).reshape(1, 8, 8, 6)
        return self.last(y)


class TwoSensors(nn.Module):
    """Two inputs of different kinds, flattened and joined, two outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.image, self.sequence = nn.Conv2d(3, 4, 3), nn.Conv1d(5, 6, 3)
        self.head, self.other = nn.Linear(4 * 24 + 6 * 10, 4), nn.Linear(4 * 24 + 6 * 10, 2)

    def forward(self, x: torch.Tensor, s: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        joined = torch.cat([F.relu(self.image(x)).flatten(1), torch.tanh(self.sequence(s)).flatten(1)], 1)
        return F.softmax(self.head(joined), 1), self.other(joined)


class Decoder(nn.Module):
    """A linear layer whose output becomes an image."""

    def __init__(self) -> None:
        super().__init__()
        self.expand, self.conv = nn.Linear(5, 4 * 3 * 2), nn.Conv2d(4, 2, 3, padding=1)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.expand(z)).view(1, 4, 3, 2)
        return torch.sigmoid(self.conv(F.interpolate(y, scale_factor=2)))


class SqueezeExcite(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.down, self.up, self.last = block(3, 8), nn.Linear(8, 2), nn.Linear(2, 8), nn.Conv2d(8, 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.conv(x)
        gate = F.hardsigmoid(self.up(F.relu(self.down(y.mean((2, 3))))))
        return self.last(y * gate.view(1, 8, 1, 1))


class Watch(nn.Module):
    """A 1-D depthwise-separable network on [1, channels, time]."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv1d(6, 8, 5, 2, padding=2), nn.BatchNorm1d(8), nn.ReLU(), nn.ConstantPad1d((2, 1), 0.0),
            nn.Conv1d(8, 8, 3, groups=8), nn.BatchNorm1d(8), nn.ReLU6(), nn.Conv1d(8, 12, 1), nn.BatchNorm1d(12),
            nn.ReLU(), nn.MaxPool1d(2), nn.Dropout(0.2), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(12, 7))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers((x - 0.5) / 2.0)


class Temporal(nn.Module):
    """Linear layers on [1, time, features] with a convolution over time between them."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.conv, self.b = nn.Linear(6, 8), nn.Conv1d(8, 8, 3, padding=1), nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = F.relu(self.a(x))
        return self.b(h + self.conv(h.transpose(1, 2)).transpose(1, 2)).mean(1)


class Segmentation(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down, self.up, self.out = block(3, 6), block(6, 4), nn.Conv2d(7, 5, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.up(F.interpolate(F.max_pool2d(self.down(x), 2), scale_factor=2))
        return F.softmax(self.out(torch.cat([x, y], 1)), 1)


#: name -> (module, input shapes, operators of the canonical graph in order, reshapes left out)
NETWORKS: dict[str, tuple[nn.Module, list[tuple[int, ...]], str]] = {
    "residual": (Residual(), [(1, 4, 8, 6)], "conv2d conv2d conv2d add avg_pool2d linear"),
    "pre-activation": (PreActivation(), [(1, 4, 8, 6)], "depthwise_conv2d conv2d add"),
    "inception": (Inception(), [(1, 4, 8, 6)], "conv2d conv2d max_pool2d conv2d concat linear"),
    "shuffle": (Shuffle(), [(1, 3, 8, 6)], "conv2d slice slice conv2d concat transpose conv2d"),
    "two sensors": (TwoSensors(), [(1, 3, 8, 6), (1, 5, 12)],
                    "conv2d conv2d activation concat linear softmax linear"),
    "decoder": (Decoder(), [(1, 5)], "linear resize_nearest conv2d activation"),
    "squeeze and excite": (SqueezeExcite(), [(1, 3, 8, 6)], "conv2d mean linear linear activation mul conv2d"),
    "watch": (Watch(), [(1, 6, 32)], "sub conv2d depthwise_conv2d conv2d max_pool2d avg_pool2d linear"),
    "temporal": (Temporal(), [(1, 10, 6)], "linear conv2d add linear mean"),
    "segmentation": (Segmentation(), [(1, 3, 8, 6)],
                     "conv2d max_pool2d resize_nearest conv2d concat conv2d softmax"),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_network(name: str) -> None:
    module, shapes, wanted = NETWORKS[name]
    graph = check_module(module, *shapes)
    assert [op for op in operators(graph) if op != "reshape"] == wanted.split(), format_graph(graph)
    for tensor, shape in zip((graph.tensors[n] for n in graph.inputs), shapes, strict=True):
        moved = graph.layouts.get(tensor.name, tuple(range(len(shape))))
        assert tensor.shape == tuple(shape[axis] for axis in moved)


def test_outputs_are_channels_last_too() -> None:
    graph = check_module(Segmentation(), (1, 3, 8, 6))
    assert graph.tensors[graph.outputs[0]].shape == (1, 8, 6, 5)
    assert graph.layouts == {graph.inputs[0]: (0, 2, 3, 1), graph.outputs[0]: (0, 2, 3, 1)}


def test_one_channel_images_are_channels_last_without_a_reshape() -> None:
    graph = check_module(nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(1, 2, 3)), (1, 1, 8, 6))
    assert operators(graph) == ["conv2d"]
    assert graph.tensors[graph.inputs[0]].shape == (1, 8, 6, 1)


def test_shared_layers_share_their_constants() -> None:
    conv, linear = nn.Conv2d(3, 3, 3, padding=1), nn.Linear(12, 12)
    graph = check_module(Call(lambda m, x: m.conv(F.relu(m.conv(x))), conv=conv), (1, 3, 5, 4))
    assert len({n.inputs[1] for n in graph.nodes}) == 1 and count(graph, "conv2d") == 2
    graph = check_module(Call(lambda m, x: m.linear(torch.tanh(m.linear(x))), linear=linear), (1, 12))
    assert len({n.inputs[1:] for n in graph.nodes if n.op == "linear"}) == 1


def test_equal_branches_are_computed_once() -> None:
    graph = check_module(Call(lambda m, x: m.conv(x) * torch.sigmoid(m.conv(x)), conv=nn.Conv2d(3, 4, 1)), (1, 3, 5, 4))
    assert operators(graph) == ["conv2d", "activation", "mul"]


def test_odd_interfaces() -> None:
    """An output that is an input, one that is given twice, an input that nobody reads."""
    check_module(Call(lambda m, x: (x, x + 1)), (1, 3, 5, 4))
    check_module(Call(lambda m, x: (x * 2, F.relu(x * 2), x * 2)), (1, 3))
    check_module(Call(lambda m, x, y: m.c(x), c=nn.Conv2d(3, 2, 1)), (1, 3, 5, 4), (1, 7))
    check_module(Call(lambda m, x: (m.c(x), m.c(x).permute(0, 2, 3, 1)), c=nn.Conv2d(3, 2, 1)), (1, 3, 5, 4))
    check_module(Call(lambda m, x: (x.permute(0, 2, 3, 1), m.c(x)), c=nn.Conv2d(3, 2, 1)), (1, 3, 5, 4))


def test_canonical_graph_is_a_fixed_point_and_the_same_every_time() -> None:
    graph = check_module(Inception(), (1, 4, 8, 6))
    assert format_graph(canonicalise(graph)) == format_graph(graph)


def test_nodes_and_constants_have_names_of_the_model() -> None:
    graph = check_module(Residual(), (1, 4, 8, 6))
    names = [n.name for n in graph.nodes]
    assert names[:2] == ["a_0_conv2d", "b_conv2d"] or "a_0_conv2d" in names
    assert "head_linear.weights" in graph.tensors and "head_linear.bias" in graph.tensors
    assert {n.origin.module for n in graph.nodes} >= {"a.0", "b", "skip", "head"}


_KINDS = ["conv", "depthwise", "norm", "relu", "tanh", "pool", "pad", "join", "skip", "scale"]


@st.composite
def small_networks(draw: st.DrawFn) -> tuple[nn.Module, tuple[int, ...]]:
    """Chains of random layers with now and then a residual or a join, on images and on sequences."""
    flat = draw(st.booleans())
    conv, norm, pool = (nn.Conv1d, nn.BatchNorm1d, nn.MaxPool1d) if flat else (nn.Conv2d, nn.BatchNorm2d, nn.AvgPool2d)
    channels = first = draw(st.integers(1, 4))
    steps: list[tuple[str, nn.Module]] = []
    for _ in range(draw(st.integers(1, 7))):
        kind = draw(st.sampled_from(_KINDS))
        layer: nn.Module = nn.Identity()
        if kind == "conv":
            out = draw(st.integers(1, 5))
            padding, stride = draw(st.integers(0, 2)), draw(st.integers(1, 2))
            layer, channels = conv(channels, out, 3, padding=padding, stride=stride), out
        elif kind == "depthwise":
            layer = conv(channels, channels, 3, padding=1, groups=channels)
        elif kind in ("norm", "scale", "skip"):
            layer = norm(channels)
        elif kind in ("relu", "tanh"):
            layer = nn.ReLU6() if kind == "relu" else nn.Tanh()
        elif kind == "pool":
            layer = pool(2, 1, 1) if draw(st.booleans()) else pool(2)
        elif kind == "pad":
            layer = nn.ConstantPad1d((1, 2), 0.0) if flat else nn.ZeroPad2d((1, 0, 2, 1))
        elif kind == "join":
            layer, channels = conv(channels, 2, 1), channels + 2
        steps.append((kind, layer))

    def forward(m: Any, x: torch.Tensor) -> torch.Tensor:
        for (kind, _), layer in zip(steps, m.layers, strict=True):
            if kind == "join":
                x = torch.cat([x, layer(x)], 1)
            elif kind == "skip":
                x = x + F.relu(layer(x))
            else:
                x = layer(x) * 0.5 if kind == "scale" else layer(x)
        return x.flatten(1) if draws_flatten else x

    draws_flatten = draw(st.booleans())
    module = Call(forward, layers=nn.ModuleList([layer for _, layer in steps]))
    return module, (1, first, 17) if flat else (1, first, 17, 13)


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(small_networks())
def test_random_networks(network: tuple[nn.Module, tuple[int, ...]]) -> None:
    module, shape = network
    try:
        with torch.no_grad():
            module.eval()(torch.zeros(shape))
    except RuntimeError:
        return  # the layers made the tensor smaller than a window
    graph = check_module(module, shape, tolerance=1e-3)
    assert count(graph, "transpose") <= 1  # the flatten at the end is the only place where one may stay


def test_graphs_are_not_changed_in_place() -> None:
    from toolchain.frontend import capture

    graph = capture(Residual().eval(), torch.zeros(1, 4, 8, 6), "model")
    before, data = format_graph(graph), {k: np.copy(t.data) for k, t in graph.tensors.items() if t.data is not None}
    canonicalise(graph)
    assert format_graph(graph) == before
    assert all(np.array_equal(graph.tensors[k].data, v) for k, v in data.items())


