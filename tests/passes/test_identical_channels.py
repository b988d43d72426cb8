"""Equal channels become one, and not one bit of the output changes."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.passes.test_dead_channels import RELU, Builder, same
from toolchain.ir import Graph, Quantization
from toolchain.numerics import Rounding
from toolchain.ops.concat import ConcatAttributes
from toolchain.ops.max_pool2d import Pool2dAttributes
from toolchain.passes.identical_channels import channel_labels, merge_identical_channels


def doubled(graph: Graph, layer: int, source: int, copy: int, limit: int = 40) -> Graph:
    """Return the graph in which a channel of a layer's output is a copy of another; weights at most ``limit``."""
    tensors = dict(graph.tensors)
    for name in [n for n in tensors if n.startswith("w")]:
        tensors[name] = dataclasses.replace(tensors[name], data=np.clip(tensors[name].data, -limit, limit))
    for name in graph.nodes[layer].inputs[1:]:
        tensor = tensors[name]
        axis = -1 if graph.nodes[layer].op == "depthwise_conv2d" else 0
        data, scale = np.moveaxis(tensor.data.copy(), axis, 0), list(tensor.quantization.scale)
        data[copy], scale[copy] = data[source], scale[source]
        quantization = Quantization(tuple(scale), tensor.quantization.zero_point, tensor.quantization.axis)
        tensors[name] = dataclasses.replace(tensor, data=np.ascontiguousarray(np.moveaxis(data, 0, axis)),
                                            quantization=quantization)
    return graph.replace(tensors=tensors)


class Alive(Builder):
    """Weights without zeros: no channel is dead from the beginning."""

    def weighted(self, op: str, x: str, shape: tuple[int, ...], out_axis: int, attrs: object) -> str:
        y = super().weighted(op, x, shape, out_axis, attrs)
        name = self.nodes[-1].inputs[1]
        data = self.rng.integers(1, 128, shape) * self.rng.choice([-1, 1], shape)
        self.tensors[name] = dataclasses.replace(self.tensors[name], data=data.astype(np.int8))
        return y


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), rounding=st.sampled_from(Rounding))
def test_a_copy_of_a_channel_is_removed(seed: int, rounding: Rounding) -> None:
    b = Alive(seed, (1, 6, 5, 3))
    y = b.depthwise(b.conv("x", 8, 3, 1, RELU), RELU)
    y = b.node("max_pool2d", [y], Pool2dAttributes((2, 2), (1, 1)), like=True)
    graph = b.graph(b.conv(y, 4, 3, 1, None))
    graph = doubled(doubled(graph, 0, 2, 5), 1, 2, 5)
    reduced = same(graph, rounding, seed)
    labels = channel_labels(graph)[y]
    assert labels[2] == labels[5] and len(set(labels)) == 7
    assert reduced.tensors[y].shape[-1] <= 7


def test_channels_that_differ_in_one_place_are_not_equal() -> None:
    b = Alive(1, (1, 6, 5, 3))
    y = b.depthwise(b.conv("x", 8, 3, 1, RELU), RELU)
    graph = doubled(b.graph(b.conv(y, 4, 1, 0, None)), 0, 2, 5)  # the depthwise weights differ
    assert len(set(channel_labels(graph)[y])) == 8
    assert len(set(channel_labels(graph)[graph.nodes[0].outputs[0]])) == 7
    assert merge_identical_channels(graph) is graph


def test_weights_whose_sum_is_no_int8_stay() -> None:
    b = Alive(2, (1, 6, 5, 3))
    y = b.conv("x", 8, 3, 1, RELU)
    graph = doubled(b.graph(b.conv(y, 4, 3, 1, None)), 0, 2, 5, limit=127)
    weights = graph.nodes[1].inputs[1]
    data = graph.tensors[weights].data.copy()
    data[0, 0, 0, 2] = data[0, 0, 0, 5] = 100
    graph = graph.with_tensors(dataclasses.replace(graph.tensors[weights], data=data))
    assert merge_identical_channels(graph) is graph
    assert same(graph, Rounding.DOUBLE).tensors[y].shape[-1] == 8


def test_the_same_tensor_joined_twice_is_read_once() -> None:
    b = Alive(3, (1, 6, 5, 3))
    y = b.conv("x", 4, 3, 1, RELU)
    joined = b.node("concat", [y, y], ConcatAttributes(3), like=True)
    graph = doubled(b.graph(b.conv(joined, 4, 1, 0, None)), 0, 0, 0)
    weights = merge_identical_channels(graph).nodes[-1].inputs[1]
    merged = merge_identical_channels(graph).tensors[weights].data
    assert not merged[..., 4:].any() and merged[..., :4].any()
    same(graph, Rounding.SINGLE)
