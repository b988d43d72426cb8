"""Operators of the graph -> operators of TensorFlow Lite that compute the same, one small function per kind.

Padding that is neither SAME nor VALID becomes a PAD in front; a clamp that is no fused activation becomes a MAXIMUM
and a MINIMUM behind.

Source: tensorflow/lite/schema/schema.fbs (version 3): operator numbers, option slots.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np

from toolchain import numerics
from toolchain.emit.flatbuffer import Scalar
from toolchain.ir import DTYPES, Node, Quantization, Tensor
from toolchain.ops._nearest import nearest_indices

Clamp: TypeAlias = "tuple[float, float] | None"
_FUSED = {None: 0, (0.0, math.inf): 1, (-1.0, 1.0): 2, (0.0, 6.0): 3}
_ADD, _AVERAGE_POOL, _CONCATENATION, _CONV, _DEPTHWISE, _FULLY_CONNECTED = 0, 1, 2, 3, 4, 9
_MAX_POOL, _MUL, _RESHAPE, _SOFTMAX, _PAD, _TRANSPOSE, _MEAN, _SUB = 17, 18, 22, 25, 34, 39, 40, 41
_STRIDED_SLICE, _LOG_SOFTMAX, _PRELU, _MAXIMUM, _MINIMUM, _PADV2, _SLICE = 45, 50, 54, 55, 57, 60, 65
_RESIZE_NEAREST, _QUANTIZE = 97, 114
_RELUS = {1: 19, 2: 20, 3: 21}
#: function -> (operator number, version, options type, slot of alpha)
_FUNCTIONS: Mapping[str, tuple[int, int, int, int | None]] = {
    "sigmoid": (14, 2, 0, None), "tanh": (28, 2, 0, None), "exp": (47, 2, 33, None), "rsqrt": (76, 2, 0, None),
    "leaky_relu": (98, 2, 75, 0), "abs": (101, 2, 78, None), "elu": (111, 1, 0, None), "hardswish": (117, 1, 91, None),
    "log": (73, 2, 0, None), "gelu": (150, 2, 116, None), "gelu_tanh": (150, 2, 116, None),
}


class Inexpressible(Exception):
    """Why TensorFlow Lite cannot compute a node."""


@dataclass(frozen=True)
class Operator:
    """One operator of the file: number and version, tensors, options table (its type in the union, 0 for none)."""

    number: int
    version: int
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    options_type: int = 0
    options: Mapping[int, Any] = field(default_factory=dict)


Builder: TypeAlias = Callable[[Node, Sequence[Tensor], Sequence[Tensor]], list[Operator]]


def _integers(node: Node, label: str, values: Any) -> Tensor:
    data = np.array(values, dtype=np.int32)
    return Tensor(f"{node.name}.{label}", data.shape, "s32", data)


def _zero(x: Tensor) -> int:
    """Return what stands for the real number 0."""
    return 0 if x.quantization is None else x.zero_point


def _code(node: Node, label: str, code: float, like: Tensor) -> Tensor:
    """Return one constant with the type and quantisation of another tensor."""
    return Tensor(f"{node.name}.{label}", (), like.dtype, np.array(code, DTYPES[like.dtype]), like.quantization)


def _limited(node: Node, clamp: Clamp, output: Tensor, make: Callable[[int, Tensor], Operator]) -> list[Operator]:
    """Return ``make(fused activation, output)``, with MAXIMUM and MINIMUM behind it for a clamp that has no number."""
    if clamp in _FUSED:
        return [make(_FUSED[clamp], output)]
    assert clamp is not None
    low, high = clamp if output.quantization is None else numerics.clamp_codes(
        *clamp, output.scale, output.zero_point, output.dtype)
    free, raised = replace(output, name=f"{output.name}.free"), replace(output, name=f"{output.name}.raised")
    return [make(0, free), Operator(_MAXIMUM, 2, (free, _code(node, "low", low, output)), (raised,), 39),
            Operator(_MINIMUM, 2, (raised, _code(node, "high", high, output)), (output,), 39)]


def _pair(slot: int, first: tuple[int, int]) -> dict[int, Scalar]:
    """Return a (height, width) pair as two options, the width first."""
    return {slot: Scalar("i4", first[1]), slot + 1: Scalar("i4", first[0])}


def _same(x: Tensor, y: Tensor, kernel: Sequence[int], stride: Sequence[int],
          dilation: Sequence[int]) -> tuple[int, ...]:
    """Return the (top, bottom, left, right) that SAME stands for; an empty tuple where the output has another size."""
    sides: list[int] = []
    for axis in range(2):
        size, span = x.shape[1 + axis], (kernel[axis] - 1) * dilation[axis] + 1
        if y.shape[1 + axis] != -(-size // stride[axis]):
            return ()
        total = max((y.shape[1 + axis] - 1) * stride[axis] + span - size, 0)
        sides += [total // 2, total - total // 2]
    return tuple(sides)


def _padded(node: Node, x: Tensor, y: Tensor, kernel: Sequence[int],
            fill: float | None) -> tuple[list[Operator], Tensor, Scalar]:
    """Return (operators in front, input, SAME or VALID) for a window; ``fill`` is the code of a padded element."""
    attrs: Any = node.attrs
    padding = attrs.padding
    valid, same = Scalar("i1", 1), Scalar("i1", 0)
    if not any(padding):
        return [], x, valid
    if _same(x, y, kernel, attrs.stride, getattr(attrs, "dilation", (1, 1))) == tuple(padding):
        return [], x, same
    if fill is None:
        raise Inexpressible(f"padding {padding} is neither SAME nor VALID, and is not counted")
    top, bottom, left, right = padding
    shape = (x.shape[0], x.shape[1] + top + bottom, x.shape[2] + left + right, x.shape[3])
    padded = replace(x, name=f"{node.name}.padded", shape=shape)
    return [_pad_operator(node, x, padded, ((0, 0), (top, bottom), (left, right), (0, 0)), fill)], padded, valid


def _pad_operator(node: Node, x: Tensor, y: Tensor, widths: Any, fill: float) -> Operator:
    pairs = _integers(node, "widths", widths)
    if fill == _zero(x):
        return Operator(_PAD, 2, (x, pairs), (y,), 22)
    value = Tensor(f"{node.name}.value", (1,), x.dtype, np.array([fill], DTYPES[x.dtype]), x.quantization)
    return Operator(_PADV2, 2, (x, pairs, value), (y,), 43)


def _version(of_int8: int, of_int16: int, x: Tensor) -> int:
    """Return the first version of an operator that takes the activations' type."""
    return of_int16 if x.dtype == "s16" else of_int8


def _refuse_binary(attrs: Any) -> None:
    if attrs.binary is not None:
        raise Inexpressible("TensorFlow Lite has no binary activations")


def _bias(bias: Tensor, x: Tensor) -> Tensor:
    """Return the bias, of 64 bits beside int16 activations."""
    if x.dtype != "s16":
        return bias
    assert bias.data is not None
    return replace(bias, dtype="s64", data=bias.data.astype(np.int64))


def _conv2d(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[Operator]:
    a: Any = node.attrs
    (x, weights, bias), y = inputs, outputs[0]
    _refuse_binary(a)
    before, x, padding = _padded(node, x, y, weights.shape[1:3], _zero(x))
    options = {0: padding, **_pair(1, a.stride), **_pair(4, a.dilation)}
    return before + _limited(node, a.clamp, y, lambda fused, out: Operator(
        _CONV, _version(3, 4, y), (x, weights, _bias(bias, y)), (out,), 1, {**options, 3: Scalar("i1", fused)}))


def _depthwise(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[Operator]:
    a: Any = node.attrs
    (x, weights, bias), y = inputs, outputs[0]
    multiplier = Scalar("i4", weights.shape[3] // x.shape[3])
    before, x, padding = _padded(node, x, y, weights.shape[1:3], _zero(x))
    options = {0: padding, **_pair(1, a.stride), 3: multiplier, **_pair(5, a.dilation)}
    return before + _limited(node, a.clamp, y, lambda fused, out: Operator(
        _DEPTHWISE, _version(3, 5, y), (x, weights, _bias(bias, y)), (out,), 2, {**options, 4: Scalar("i1", fused)}))


def _linear(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[Operator]:
    a: Any = node.attrs
    x, weights, bias = inputs
    _refuse_binary(a)
    version = 12
    if weights.quantization is None:
        version = 1
    elif len(set(weights.quantization.scale)) == 1:  # what every runtime takes
        weights, bias = (replace(t, quantization=Quantization(t.quantization.scale[:1], (0,)))
                         for t in (weights, bias) if t.quantization is not None)
        version = _version(4, 7, x)
    keep = Scalar("i1", len(x.shape) > 2)
    return _limited(node, a.clamp, outputs[0], lambda fused, out: Operator(
        _FULLY_CONNECTED, max(version, 5) if keep.value else version, (x, weights, _bias(bias, x)), (out,), 8,
        {0: Scalar("i1", fused), 2: keep}))


def _max_pool(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[Operator]:
    a: Any = node.attrs
    if tuple(a.dilation) != (1, 1):
        raise Inexpressible(f"MAX_POOL_2D has no dilation, the layer has {a.dilation}")
    before, x, padding = _padded(node, inputs[0], outputs[0], a.kernel, _lowest(inputs[0]))
    return before + _pool(node, _MAX_POOL, x, outputs[0], padding)


def _lowest(x: Tensor) -> float:
    """Return what no maximum is below."""
    return -math.inf if x.quantization is None else numerics.LIMITS[x.dtype][0]


def _avg_pool(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[Operator]:
    a: Any = node.attrs
    if any(a.extra):
        raise Inexpressible("AVERAGE_POOL_2D has no ceil mode")
    x, y = inputs[0], outputs[0]
    if not a.count_include_pad:
        before, x, padding = _padded(node, x, y, a.kernel, None)
    elif any(a.padding):
        top, bottom, left, right = a.padding
        shape = (x.shape[0], x.shape[1] + top + bottom, x.shape[2] + left + right, x.shape[3])
        padded = replace(x, name=f"{node.name}.padded", shape=shape)
        before = [_pad_operator(node, x, padded, ((0, 0), (top, bottom), (left, right), (0, 0)), _zero(x))]
        x, padding = padded, Scalar("i1", 1)
    else:
        before, padding = [], Scalar("i1", 1)
    return before + _pool(node, _AVERAGE_POOL, x, y, padding)


def _pool(node: Node, number: int, x: Tensor, y: Tensor, padding: Scalar) -> list[Operator]:
    a: Any = node.attrs
    options = {0: padding, **_pair(1, a.stride), **_pair(3, a.kernel)}
    return _limited(node, a.clamp, y, lambda fused, out: Operator(
        number, _version(2, 3, x), (x,), (out,), 5, {**options, 5: Scalar("i1", fused)}))


def _binary(number: int, version: int, options_type: int) -> Builder:
    def build(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[Operator]:
        a: Any = node.attrs
        wide = {} if outputs[0].dtype != "s16" else {1: Scalar("i1", 0)}  # scales need not be powers of two
        return _limited(node, a.clamp, outputs[0], lambda fused, out: Operator(
            number, _version(version, 4, out), tuple(inputs), (out,), options_type, {0: Scalar("i1", fused), **wide}))
    return build


def _mean(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[Operator]:
    a: Any = node.attrs
    axes = _integers(node, "axes", a.axes)
    return [Operator(_MEAN, 2, (inputs[0], axes), (outputs[0],), 27, {0: Scalar("i1", a.keepdims)})]


def _clamp(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[Operator]:
    a: Any = node.attrs
    number = _FUSED.get((a.low, a.high))
    if number in _RELUS:
        return [Operator(_RELUS[number], 2 if number != 2 else 1, tuple(inputs), (outputs[0],))]
    if outputs[0].quantization is None:
        raised = replace(outputs[0], name=f"{outputs[0].name}.raised")
        return [Operator(_MAXIMUM, 1, (inputs[0], _code(node, "low", a.low, raised)), (raised,), 39),
                Operator(_MINIMUM, 1, (raised, _code(node, "high", a.high, raised)), tuple(outputs), 39)]
    return _limited(node, (a.low, a.high), outputs[0],
                    lambda fused, out: Operator(_QUANTIZE, 1, (inputs[0],), (out,), 89))


def _activation(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[Operator]:
    a: Any = node.attrs
    if a.function not in _FUNCTIONS:
        raise Inexpressible(f"TensorFlow Lite has no {a.function}")
    if a.function == "elu" and a.alpha != 1.0:
        raise Inexpressible(f"ELU has alpha 1, the layer has {a.alpha}")
    number, version, options_type, slot = _FUNCTIONS[a.function]
    options = {} if slot is None else {slot: Scalar("f4", a.alpha)}
    if a.function == "gelu_tanh":
        options = {0: Scalar("i1", 1)}
    return [Operator(number, version, (inputs[0],), (outputs[0],), options_type, options)]


def _prelu(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[Operator]:
    return [Operator(_PRELU, 1, tuple(inputs), (outputs[0],))]


def _softmax(number: int) -> Builder:
    def build(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[Operator]:
        a: Any = node.attrs
        if a.axis not in (-1, len(inputs[0].shape) - 1):
            raise Inexpressible(f"axis {a.axis} is not the last one")
        if number == _SOFTMAX:
            return [Operator(number, 2, (inputs[0],), (outputs[0],), 9, {0: Scalar("f4", 1.0)})]
        return [Operator(number, 2, (inputs[0],), (outputs[0],), 36)]
    return build


def _concat(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[Operator]:
    a: Any = node.attrs
    axis = a.axis % len(outputs[0].shape)
    return [Operator(_CONCATENATION, 2, tuple(inputs), (outputs[0],), 10, {0: Scalar("i4", axis)})]


def _slice(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[Operator]:
    a: Any = node.attrs
    starts = _integers(node, "starts", a.starts)
    if set(a.strides) == {1}:
        return [Operator(_SLICE, 2, (inputs[0], starts, _integers(node, "sizes", a.sizes)), (outputs[0],), 48)]
    if len(a.starts) > 5:
        raise Inexpressible("STRIDED_SLICE has at most 5 axes")
    last = [start + (size - 1) * stride for start, size, stride in zip(a.starts, a.sizes, a.strides, strict=True)]
    ends = [end + (1 if stride > 0 else -1) for end, stride in zip(last, a.strides, strict=True)]
    mask = sum(1 << axis for axis, end in enumerate(ends) if end < 0)  # -1 would count from the far end
    constants = (_integers(node, "ends", ends), _integers(node, "strides", a.strides))
    return [Operator(_STRIDED_SLICE, 2, (inputs[0], starts, *constants), (outputs[0],), 32, {1: Scalar("i4", mask)})]


def _pad(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[Operator]:
    a: Any = node.attrs
    x = inputs[0]
    fill = a.value if x.quantization is None else int(numerics.quantize(a.value, x.scale, x.zero_point))
    return [_pad_operator(node, x, outputs[0], list(zip(a.before, a.after, strict=True)), fill)]


def _transpose(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[Operator]:
    a: Any = node.attrs
    return [Operator(_TRANSPOSE, 2, (inputs[0], _integers(node, "permutation", a.permutation)), (outputs[0],), 26)]


def _reshape(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[Operator]:
    shape = np.array(outputs[0].shape, np.int32)
    return [Operator(_RESHAPE, 1, (inputs[0], _integers(node, "shape", shape)), (outputs[0],), 17, {0: shape})]


def _resize_nearest(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[Operator]:
    a: Any = node.attrs
    x = inputs[0]
    size = _integers(node, "size", (len(a.rows), len(a.columns)))
    for align, half in ((False, False), (False, True), (True, False)):
        if (nearest_indices(x.shape[1], len(a.rows), align, half) == tuple(a.rows)
                and nearest_indices(x.shape[2], len(a.columns), align, half) == tuple(a.columns)):
            return [Operator(_RESIZE_NEAREST, 3 if align or half else 2, (x, size), (outputs[0],), 74,
                             {0: Scalar("i1", align), 1: Scalar("i1", half)})]
    raise Inexpressible("RESIZE_NEAREST_NEIGHBOR picks other rows or columns")


def _requantize(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[Operator]:
    same = inputs[0].dtype == outputs[0].dtype
    return [Operator(_QUANTIZE, 1 if same else 2, (inputs[0],), (outputs[0],), 89)]


#: operator of the graph -> how to express it
BUILDERS: Mapping[str, Builder] = {
    "conv2d": _conv2d, "depthwise_conv2d": _depthwise, "linear": _linear, "max_pool2d": _max_pool,
    "avg_pool2d": _avg_pool, "mean": _mean, "add": _binary(_ADD, 2, 11), "sub": _binary(_SUB, 3, 28),
    "mul": _binary(_MUL, 2, 21), "clamp": _clamp, "activation": _activation, "prelu": _prelu,
    "softmax": _softmax(_SOFTMAX), "log_softmax": _softmax(_LOG_SOFTMAX), "concat": _concat, "slice": _slice,
    "pad": _pad, "transpose": _transpose, "reshape": _reshape, "resize_nearest": _resize_nearest,
    "requantize": _requantize,
}
