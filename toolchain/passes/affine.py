"""Batch norm, and products, sums and differences with a constant per channel, folded into a layer with weights.

A layer before the affine map takes it always; a layer after it takes it when the map is exact at the border too: a
padded convolution pads with zero, so the offset must be zero. What is left of batch norm becomes a 1x1
depthwise_conv2d, which is the same arithmetic.

Shapes: scale and offset [C] on the last axis.
Source: Jacob et al. (CVPR 2018), section 3.2.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from toolchain.ir import Array, Attributes, Graph, Node
from toolchain.ops.depthwise_conv2d import DepthwiseConv2dAttributes
from toolchain.passes.editor import Editor, apply

_WEIGHTED = ("conv2d", "depthwise_conv2d", "linear")


def fold_affine(graph: Graph) -> Graph:
    """Return the graph with batch norm and per-channel constants folded into neighbours wherever that is exact."""
    return apply(graph, [_fold_into_layer_before, _fold_into_layer_after, _merge, _move_before_pool])


def lower_batch_norm(graph: Graph) -> Graph:
    """Return the graph with every batch norm that is left as a 1x1 depthwise convolution."""
    return apply(graph, [_to_depthwise])


def _affine(edit: Editor, node: Node) -> tuple[str, Array, Array] | None:
    """Return (input, scale, offset) of a node that scales and shifts each channel of its input; float64."""
    data = [edit.data(n) for n in node.inputs]
    if node.op == "batch_norm":
        assert data[1] is not None and data[2] is not None
        return node.inputs[0], data[1].astype(np.float64), data[2].astype(np.float64)
    attrs: Any = node.attrs
    if node.op not in ("add", "sub", "mul") or attrs.clamp is not None or (data[0] is None) == (data[1] is None):
        return None
    index = 0 if data[0] is None else 1
    constant, x = data[1 - index], node.inputs[index]
    assert constant is not None
    channels = edit.shape(x)[-1]
    if constant.size not in (1, constant.shape[-1]) or edit.shape(x) != edit.shape(node.outputs[0]):
        return None
    values = np.broadcast_to(constant.reshape(-1).astype(np.float64), (channels,))
    ones = np.ones(channels)
    if node.op == "mul":
        return x, values, 0 * ones
    if node.op == "add":
        return x, ones, values
    return (x, ones, -values) if index == 0 else (x, -ones, values)


def _constants(edit: Editor, layer: Node) -> tuple[Array, Array]:
    weights, bias = edit.data(layer.inputs[1]), edit.data(layer.inputs[2])
    assert weights is not None and bias is not None
    return weights.astype(np.float64), bias.astype(np.float64)


def _set_constants(edit: Editor, layer: Node, x: str, weights: Array, bias: Array) -> None:
    names = [edit.constant(n, a) for n, a in zip(layer.inputs[1:], (weights, bias), strict=True)]
    edit.update(layer, inputs=(x, *names))


def _fold_into_layer_before(edit: Editor, node: Node) -> bool:
    if (affine := _affine(edit, node)) is None:
        return False
    x, scale, offset = affine
    layer = edit.producer(x)
    if layer is None or layer.op not in _WEIGHTED or edit.sole_reader(x) is None:
        return False
    attrs: Any = layer.attrs
    if attrs.clamp is not None:
        return False
    weights, bias = _constants(edit, layer)
    per_output = scale if layer.op == "depthwise_conv2d" else scale.reshape(-1, *(1,) * (weights.ndim - 1))
    _set_constants(edit, layer, layer.inputs[0], weights * per_output, bias * scale + offset)
    edit.substitute(node, x)
    return True


def _fold_into_layer_after(edit: Editor, node: Node) -> bool:
    if (affine := _affine(edit, node)) is None:
        return False
    x, scale, offset = affine
    layer = view = edit.sole_reader(node.outputs[0])
    if view is not None and view.op == "reshape" and edit.shape(view.outputs[0])[-1] == len(scale):
        layer = edit.sole_reader(view.outputs[0])
    if layer is None or view is None or layer.op not in _WEIGHTED:
        return False
    attrs: Any = layer.attrs
    if np.any(offset) and any(getattr(attrs, "padding", ())):
        return False
    weights, bias = _constants(edit, layer)
    scale, offset = _per_weight(layer, weights, scale), _per_weight(layer, weights, offset)
    summed = tuple(range(3)) if layer.op == "depthwise_conv2d" else tuple(range(1, weights.ndim))
    _set_constants(edit, layer, layer.inputs[0], weights * scale, bias + (weights * offset).sum(axis=summed))
    edit.substitute(node, x)
    return True


def _per_weight(layer: Node, weights: Array, values: Array) -> Array:
    """Return values per input channel in a shape that broadcasts against the layer's weights."""
    attrs: Any = layer.attrs
    if layer.op == "depthwise_conv2d":
        return np.repeat(values, weights.shape[3] // len(values))
    if layer.op == "linear":
        return values
    groups = np.repeat(values.reshape(attrs.groups, -1), len(weights) // attrs.groups, axis=0)
    return groups.reshape(len(weights), 1, 1, -1)


def _merge(edit: Editor, node: Node) -> bool:
    """Merge two affine maps of which one is a batch norm."""
    if (second := _affine(edit, node)) is None or (before := edit.producer(second[0])) is None:
        return False
    if "batch_norm" not in (node.op, before.op) or edit.sole_reader(second[0]) is None:
        return False
    if (first := _affine(edit, before)) is None:
        return False
    scale, offset = first[1] * second[1], first[2] * second[1] + second[2]
    constants = [edit.constant(f"{node.name}.{n}", a) for n, a in (("scale", scale), ("offset", offset))]
    edit.update(node, op="batch_norm", inputs=(first[0], *constants), attrs=Attributes())
    return True


def _move_before_pool(edit: Editor, node: Node) -> bool:
    """Move batch norm from behind a pool to the layer before the pool, which takes it."""
    if node.op != "batch_norm" or (pool := edit.producer(node.inputs[0])) is None:
        return False
    if pool.op not in ("avg_pool2d", "max_pool2d") or edit.sole_reader(pool.outputs[0]) is None:
        return False
    attrs: Any = pool.attrs
    layer = edit.producer(pool.inputs[0])
    if layer is None or layer.op not in _WEIGHTED or edit.sole_reader(pool.inputs[0]) is None:
        return False
    layer_attrs: Any = layer.attrs
    scale = edit.data(node.inputs[1])
    assert scale is not None
    counts_padding = pool.op == "avg_pool2d" and attrs.count_include_pad and any(attrs.padding)
    reverses = pool.op == "max_pool2d" and not np.all(scale > 0)
    if attrs.clamp is not None or layer_attrs.clamp is not None or counts_padding or reverses:
        return False
    moved = edit.add("batch_norm", (pool.inputs[0], *node.inputs[1:]), node.attrs, node)
    edit.substitute(node, edit.add(pool.op, (moved,), attrs, pool))
    return True


def _to_depthwise(edit: Editor, node: Node) -> bool:
    if node.op != "batch_norm":
        return False
    shape = edit.shape(node.outputs[0])
    image = shape if len(shape) == 4 else (1, 1, int(np.prod(shape[1:-1], dtype=np.int64)), shape[-1])
    scale = edit.data(node.inputs[1])
    assert scale is not None
    weights = edit.constant(node.inputs[1], scale.reshape(1, 1, 1, -1))
    x = edit.reshape(node.inputs[0], image, node)
    y = edit.add("depthwise_conv2d", (x, weights, node.inputs[2]), DepthwiseConv2dAttributes(), node)
    edit.substitute(node, edit.reshape(y, shape, node))
    return True


def find_depthwise(graph: Graph) -> Graph:
    """Return the graph with every convolution that has one group per input channel as depthwise_conv2d."""
    return apply(graph, [_conv_to_depthwise])


def _conv_to_depthwise(edit: Editor, node: Node) -> bool:
    attrs: Any = node.attrs
    if node.op != "conv2d" or attrs.groups == 1 or attrs.groups != edit.shape(node.inputs[0])[3]:
        return False
    weights = edit.data(node.inputs[1])
    assert weights is not None
    fields = {f.name: getattr(attrs, f.name) for f in dataclasses.fields(DepthwiseConv2dAttributes)}
    names = (node.inputs[0], edit.constant(node.inputs[1], weights.transpose(3, 1, 2, 0)), node.inputs[2])
    edit.update(node, op="depthwise_conv2d", inputs=names, attrs=DepthwiseConv2dAttributes(**fields))
    return True
