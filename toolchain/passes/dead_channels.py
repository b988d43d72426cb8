"""Removes channels of a quantised graph that cannot change its outputs: exact, bit for bit.

A channel is removed when every consumer can do without it: its weights for that channel are zero, or the channel holds
one constant code everywhere, which is then folded into the consumer's int32 bias. At a padded border the constant holds
only where it equals the zero point; elsewhere the channel stays. Depthwise convolutions, pools and elementwise
operators pass a removal through; concat and flatten split and repeat it; other operators stop it. So does a layer whose
weights could not be stored as they are meant to any more: patterns of zeros and groups of weights lie along channels.

Quant:  input and output quantisation, multipliers and all other channels stay as they are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from toolchain import ops
from toolchain.errors import ModelError
from toolchain.ir import DTYPES, Array, Graph, Node, Quantization, Tensor
from toolchain.numerics import INT32_MAX, Rounding
from toolchain.ops import Channels
from toolchain.passes.identical_channels import merge_identical_channels

Mask: TypeAlias = npt.NDArray[Any]  # of bool

#: Marks a channel whose code is not the same everywhere or depends on the input.
VARIES = 1 << 20


@dataclass(frozen=True)
class Removal:
    """Channels that were taken out of a node's output."""

    node: str
    removed: int
    of: int


def remove_dead_channels(graph: Graph, rounding: Rounding = Rounding.DOUBLE) -> tuple[Graph, tuple[Removal, ...]]:
    """Return a quantised graph without dead channels, whose outputs are equal to the last bit, and what was removed.

    Of channels that are equal (identical_channels.py) all but one are dead where their weights can be added up.
    A float graph is returned as it is: what a channel adds to a sum would be rounded in another place.
    """
    if any(graph.tensors[name].quantization is None for name in graph.inputs):
        return graph, ()
    given, graph = graph, merge_identical_channels(graph)
    codes = constant_codes(graph, rounding)
    kept: set[str] = set()
    while True:
        dead = _removable(graph, codes, kept)
        if not any(mask.any() for mask in dead.values()):
            return given, ()
        smaller = _rebuild(graph, codes, dead)
        if not (broken := _unstorable(smaller)):
            break
        kept |= broken
    removals = tuple(Removal(n.name, int(dead[o].sum()), len(dead[o])) for n in graph.nodes for o in n.outputs
                     if o in dead and dead[o].any())
    return smaller, removals


def constant_codes(graph: Graph, rounding: Rounding) -> dict[str, npt.NDArray[np.int64]]:
    """Return, per activation, the code that each channel (last axis) always holds, or VARIES."""
    codes = {name: np.full(graph.tensors[name].shape[-1], VARIES, dtype=np.int64) for name in graph.inputs}
    for node in graph.nodes:
        known = _known(graph, node, codes)
        for name in node.outputs:
            codes[name] = np.full(graph.tensors[name].shape[-1], VARIES, dtype=np.int64)
        if known is not None and known.any():
            out = node.outputs[0]
            codes[out][known] = _values(graph, node, codes, rounding)[known]
    return codes


def _activations(graph: Graph, node: Node) -> list[str]:
    return [n for n in node.inputs if graph.tensors[n].data is None]


def _flow(graph: Graph, node: Node) -> Channels:
    if len(node.outputs) != 1:
        return Channels.OPAQUE
    return ops.get(node.op).channel_flow(node, graph.inputs_of(node), graph.outputs_of(node))


def _steady(graph: Graph, node: Node, name: str, codes: Mapping[str, Array]) -> Mask:
    """Tell which channels of an input a window may read as one constant, borders included."""
    constant: Mask = codes[name] != VARIES
    if ops.get(node.op).sees_padding(node.attrs):
        constant = constant & (codes[name] == graph.tensors[name].zero_point)
    return constant


def _known(graph: Graph, node: Node, codes: Mapping[str, Array]) -> Mask | None:
    """Tell which output channels hold one code, whatever the input is."""
    flow = _flow(graph, node)
    inputs = _activations(graph, node)
    if flow is Channels.MIXED:
        return np.asarray(~_read_weights(graph, node)[:, ~_steady(graph, node, inputs[0], codes)].any(axis=1))
    if flow is Channels.KEPT:
        known: Mask = np.logical_and.reduce([_steady(graph, node, n, codes) for n in inputs])
        for index, (axis, _) in ops.get(node.op).channel_axes.items():
            tensor = graph.tensors[node.inputs[index]]
            if tensor.data is None or axis is None:
                continue
            if ops.get(node.op).weight_quantization_axis(node.attrs) is not None and index == 1:
                known = known | ~np.moveaxis(tensor.data, axis, 0).reshape(len(known), -1).any(axis=1)
            elif tensor.count not in (1, len(known)):
                return None  # a constant operand that differs from pixel to pixel
        return known
    if flow is Channels.JOINED:
        return np.concatenate([codes[n] != VARIES for n in inputs])
    if flow is Channels.TILED:
        return np.tile(codes[inputs[0]] != VARIES, graph.tensors[node.outputs[0]].shape[-1] // len(codes[inputs[0]]))
    return None


def _read_weights(graph: Graph, node: Node) -> Mask:
    """Return [output channel, input channel]: True where some weight is not zero."""
    return np.asarray(_by_channel(graph, node).any(axis=2))


def _by_channel(graph: Graph, node: Node) -> Array:
    """Return the weights as [output channel, input channel, taps]."""
    weights, (out_axis, in_axis) = graph.tensors[node.inputs[1]].data, ops.get(node.op).channel_axes[1]
    assert weights is not None and out_axis is not None and in_axis is not None
    moved = np.moveaxis(weights, (out_axis, in_axis), (0, 1))
    return moved.reshape(*moved.shape[:2], -1)


def _values(graph: Graph, node: Node, codes: Mapping[str, Array], rounding: Rounding) -> Array:
    """Return the codes of one output pixel for inputs that hold their constants, and the zero point where they vary."""
    op = ops.get(node.op)
    filled: list[Array] = []
    for name in _activations(graph, node):
        tensor = graph.tensors[name]
        channels = np.where(codes[name] == VARIES, tensor.zero_point, codes[name])
        filled.append(np.broadcast_to(channels, tensor.shape).astype(DTYPES[tensor.dtype]))
    result = filled[0]
    if not op.alias:
        params = op.lower(node, graph.inputs_of(node), graph.outputs_of(node))
        result = op.reference(params, *filled, rounding=rounding)[0]
    return np.asarray(result.reshape(-1, graph.tensors[node.outputs[0]].shape[-1])[0], dtype=np.int64)


def _unstorable(graph: Graph) -> set[str]:
    """Return the activations that are read by layers whose weights do not fit their storage."""
    broken = set[str]()
    for node in graph.nodes:
        axis = ops.get(node.op).weight_quantization_axis(node.attrs)
        weights = None if axis is None else graph.tensors[node.inputs[1]]
        if axis is not None and weights is not None and weights.storage is not None and weights.data is not None:
            try:
                weights.storage.check(weights.data, axis)
            except ModelError:
                broken.add(node.inputs[0])
    return broken


def _removable(graph: Graph, codes: Mapping[str, Array], kept: Collection[str] = ()) -> dict[str, Mask]:
    """Return, per activation, the channels that its producer and consumers can do without (greatest fixed point).

    Those of the activations in ``kept`` all stay.
    """
    dead = {name: np.ones(len(c), dtype=bool) for name, c in codes.items()}
    for name in (*graph.inputs, *graph.outputs, *kept):
        dead[name][:] = False
    while True:
        before = {name: mask.copy() for name, mask in dead.items()}
        for node in reversed(graph.nodes):
            _restrict(graph, node, codes, dead)
        for mask in dead.values():
            if mask.all():
                mask[0] = False  # a tensor keeps at least one channel
        if all((dead[name] == before[name]).all() for name in dead):
            return dead


def _restrict(graph: Graph, node: Node, codes: Mapping[str, Array], dead: dict[str, Mask]) -> None:
    """Take channels from the masks of a node's inputs and outputs that this node cannot do without."""
    inputs, flow = _activations(graph, node), _flow(graph, node)
    if flow is Channels.OPAQUE:
        for name in (*inputs, *node.outputs):
            dead[name][:] = False
        return
    out = dead[node.outputs[0]]
    if flow is Channels.MIXED:
        unread = ~_read_weights(graph, node).any(axis=0)
        dead[inputs[0]] &= unread | _steady(graph, node, inputs[0], codes)
    elif flow is Channels.KEPT:
        for name in inputs:
            out &= dead[name]
        for name in inputs:
            dead[name] &= out
    elif flow is Channels.JOINED:
        start = 0
        for name in inputs:
            part = out[start : start + len(dead[name])]
            part &= dead[name]
            dead[name] &= part
            start += len(part)
    else:
        tiles = out.reshape(-1, len(dead[inputs[0]]))
        dead[inputs[0]] &= tiles.all(axis=0)
        tiles &= dead[inputs[0]]


def _rebuild(graph: Graph, codes: Mapping[str, Array], dead: Mapping[str, Mask]) -> Graph:
    tensors = dict(graph.tensors)
    for name, mask in dead.items():
        tensors[name] = _take(tensors[name], -1, ~mask)
    nodes = []
    for node in graph.nodes:
        names = list(node.inputs)
        for index, axes in ops.get(node.op).channel_axes.items():
            if graph.tensors[node.inputs[index]].data is not None and _flow(graph, node) is not Channels.OPAQUE:
                tensor = _constant(graph, node, index, axes, codes, dead)
                tensors[tensor.name] = tensor
                names[index] = tensor.name
        nodes.append(dataclasses.replace(node, inputs=tuple(names), attrs=_attributes(node, tensors)))
    used = {n for node in nodes for n in (*node.inputs, *node.outputs)} | set(graph.inputs) | set(graph.outputs)
    return graph.replace(nodes=tuple(nodes), tensors={n: t for n, t in tensors.items() if n in used})


def _constant(graph: Graph, node: Node, index: int, axes: tuple[int | None, int | None], codes: Mapping[str, Array],
              dead: Mapping[str, Mask]) -> Tensor:
    """Return a node's constant input without the removed channels; the bias takes up removed constants."""
    tensor, source = graph.tensors[node.inputs[index]], _activations(graph, node)[0]
    out, inp = dead[node.outputs[0]], dead[source]
    flow = _flow(graph, node)
    if flow is Channels.MIXED and index == 2:
        tensor = _with_constants(graph, node, tensor, source, codes, inp)
    kept = tensor
    if axes[0] is not None and tensor.shape[axes[0]] == len(out):
        kept = _take(kept, axes[0], ~out)
    if axes[1] is not None:
        kept = _take(kept, axes[1], ~inp)
    changed = out.any() or inp.any()
    return dataclasses.replace(kept, name=f"{node.name}.{tensor.name}") if changed else tensor


def _with_constants(graph: Graph, node: Node, bias: Tensor, source: str, codes: Mapping[str, Array],
                    inp: Mask) -> Tensor:
    """Return the bias with the contribution of the removed channels."""
    assert bias.data is not None
    sums = _by_channel(graph, node).astype(np.int64).sum(axis=2)
    offsets = np.where(inp & (codes[source] != VARIES), codes[source] - graph.tensors[source].zero_point, 0)
    total = bias.data.astype(np.int64) + sums @ offsets
    if np.abs(total).max() > INT32_MAX:
        raise OverflowError(f"bias of {node.name} leaves int32 when constants are folded in")
    return dataclasses.replace(bias, data=total.astype(np.int32))


def _take(tensor: Tensor, axis: int, keep: Mask) -> Tensor:
    """Return the tensor with only some indices of an axis, its per-channel quantisation too."""
    axis %= len(tensor.shape)
    if keep.all():
        return tensor
    shape = (*tensor.shape[:axis], int(keep.sum()), *tensor.shape[axis + 1:])
    data = None if tensor.data is None else np.ascontiguousarray(np.compress(keep, tensor.data, axis))
    quantization = tensor.quantization
    if quantization is not None and quantization.axis is not None and quantization.axis % len(shape) == axis:
        quantization = Quantization(tuple(np.compress(keep, quantization.scale).tolist()),
                                    tuple(np.compress(keep, quantization.zero_point).tolist()), quantization.axis)
    return dataclasses.replace(tensor, shape=shape, data=data, quantization=quantization)


def _attributes(node: Node, tensors: Mapping[str, Tensor]) -> Any:
    """Return the attributes with the new output shape where they hold one (reshape)."""
    attrs: Any = node.attrs
    return dataclasses.replace(attrs, shape=tensors[node.outputs[0]].shape) if hasattr(attrs, "shape") else attrs


def dead_values(graph: Graph, rounding: Rounding = Rounding.DOUBLE) -> dict[str, Array]:
    """Return, per activation of a quantised graph that has dead channels, the real value of each; NaN for living ones.

    A dead channel that nothing reads has the value 0.
    """
    codes = constant_codes(graph, rounding)
    found: dict[str, Array] = {}
    for name, mask in _removable(graph, codes).items():
        quantization = graph.tensors[name].quantization
        if mask.any() and quantization is not None:
            steps = np.where(codes[name] != VARIES, codes[name] - quantization.zero_point[0], 0)
            found[name] = np.where(mask, steps * quantization.scale[0], np.nan)
    return found
