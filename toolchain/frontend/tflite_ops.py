"""Operators of TensorFlow Lite -> operators of the graph: one small function per kind, found by name in ``BUILDERS``.

Numbers are those of the file format's schema: option fields by slot, enumerations by value.

Raises: ModelError for forms that the graph cannot express.
Source: tensorflow/lite/schema/schema.fbs (version 3).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from toolchain import ops
from toolchain.errors import ModelError
from toolchain.frontend.flatbuffer import Table
from toolchain.ir import Array, Quantization, Tensor
from toolchain.ops._nearest import nearest_indices

Padding: TypeAlias = tuple[int, int, int, int]
_OPEN = math.inf
_CLAMPS = {0: None, 1: (0.0, _OPEN), 2: (-1.0, 1.0), 3: (0.0, 6.0)}


@dataclass(frozen=True)
class Call:
    """One operator of the file: its number and name in the schema, options, tensors (None: optional, left out)."""

    name: str
    number: int
    code: str
    options: Table | None
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]

    def fail(self, problem: str, hint: str = "") -> ModelError:
        """Return the error that this operator has ``problem``."""
        return ModelError(f"{self.code} {self.name} {problem}", hints=hint or ())

    def option(self, slot: int, code: str = "i", default: int = 0) -> int:
        """Return an integer option."""
        return default if self.options is None else self.options.integer(slot, code, default)

    def input(self, index: int) -> Tensor:
        """Return an input that must be there."""
        tensor = self.inputs[index] if index < len(self.inputs) else None
        if tensor is None:
            raise self.fail(f"lacks input {index}")
        return tensor

    @property
    def output(self) -> Tensor:
        """Return the first output."""
        if not self.outputs:
            raise self.fail("has no output")
        return self.outputs[0]

    def integers(self, index: int, count: int | None = None) -> list[int]:
        """Return a constant int32 input as a list of ``count`` integers (any number: None)."""
        tensor = self.input(index)
        if tensor.data is None or tensor.dtype != "s32":
            raise self.fail(f"input {index} is not a constant of int32", "static shapes, axes and sizes")
        values = [int(v) for v in tensor.data.reshape(-1)]
        if count is not None and len(values) != count:
            raise self.fail(f"input {index} has {len(values)} elements, needs {count}")
        return values

    def clamp(self, slot: int) -> tuple[float, float] | None:
        """Return the fused activation at an option slot as a range."""
        number = self.option(slot, "b")
        if number not in _CLAMPS:
            raise self.fail(f"has the fused activation {number}", "relu, relu6, relu_n1_to_1 or none")
        return _CLAMPS[number]


@dataclass(frozen=True)
class Built:
    """One node to add: operator, attributes and its tensors (constants may be new ones)."""

    op: str
    attrs: Any
    inputs: tuple[Tensor, ...]
    output: Tensor


Builder: TypeAlias = Callable[[Call], list[Built]]


def _one(call: Call, op: str, inputs: Sequence[Tensor] = (), output: Tensor | None = None, **attrs: Any) -> list[Built]:
    return [Built(op, ops.get(op).Attrs(**attrs), tuple(inputs) or (call.input(0),), output or call.output)]


def _one_scale(tensor: Tensor) -> bool:
    return tensor.quantization is not None and tensor.quantization.axis is None


def _rank4(call: Call, *tensors: Tensor) -> None:
    for tensor in tensors:
        if len(tensor.shape) != 4 or min(tensor.shape) < 1:
            raise call.fail(f"has a tensor of shape {tensor.shape}, needs rank 4")


def _strides(call: Call, slot_w: int) -> tuple[int, int]:
    width, height = call.option(slot_w), call.option(slot_w + 1)
    if not (0 < width < 1 << 16 and 0 < height < 1 << 16):
        raise call.fail(f"has strides {height}x{width}")
    return height, width


def _padding(call: Call, kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]) -> Padding:
    """Return (top, bottom, left, right) of SAME or VALID padding; SAME puts the odd one at the bottom and right."""
    if call.option(0, "b") == 1:
        return (0, 0, 0, 0)
    sides: list[int] = []
    for axis in range(2):
        size, span = call.input(0).shape[1 + axis], (kernel[axis] - 1) * dilation[axis] + 1
        total = max((-(-size // stride[axis]) - 1) * stride[axis] + span - size, 0)
        sides += [total // 2, total - total // 2]
    return sides[0], sides[1], sides[2], sides[3]


def _weighted(call: Call, axis: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return (x, weights, bias) with one weight scale per output channel and a bias, zero where the file has none."""
    x, weights = call.input(0), call.input(1)
    bias = call.inputs[2] if len(call.inputs) > 2 else None
    if weights.data is None or weights.quantization is None or weights.dtype != "s8" or not _one_scale(x):
        raise call.fail("has weights that are not constant int8", "full integer quantisation with int8 weights")
    channels, q = weights.shape[axis], weights.quantization
    if any(q.zero_point) or (q.axis is not None and q.axis != axis) or len(q.scale) not in (1, channels):
        raise call.fail(f"has weights with {len(q.scale)} scales on axis {q.axis} and zero points {set(q.zero_point)}",
                        "symmetric weights, per tensor or per output channel")
    scales = q.scale * channels if len(q.scale) == 1 else q.scale
    weights = replace(weights, quantization=Quantization.per_channel(scales, axis))
    data: Array = np.zeros(channels, dtype=np.int32)
    name = f"{call.name}.bias"
    if bias is not None:
        if bias.data is None or bias.dtype != "s32" or bias.count != channels:
            raise call.fail(f"has a bias of {bias.count} {bias.dtype}, needs {channels} constant int32")
        data, name = bias.data.reshape(-1), bias.name
    products = Quantization.per_channel([x.scale * s for s in scales], 0)
    return x, weights, Tensor(name, (channels,), "s32", data, products)


def _conv2d(call: Call) -> list[Built]:
    _rank4(call, call.input(0), call.input(1))
    x, weights, bias = _weighted(call, 0)
    if x.shape[3] % weights.shape[3]:
        raise call.fail(f"has {x.shape[3]} input channels and weights {weights.shape}")
    stride, dilation = _strides(call, 1), (call.option(5, default=1), call.option(4, default=1))
    return _one(call, "conv2d", (x, weights, bias), stride=stride, dilation=_positive(call, dilation),
                padding=_padding(call, weights.shape[1:3], stride, dilation), groups=x.shape[3] // weights.shape[3],
                clamp=call.clamp(3))


def _positive(call: Call, dilation: tuple[int, int]) -> tuple[int, int]:
    if not all(0 < d < 1 << 16 for d in dilation):
        raise call.fail(f"has dilation {dilation}")
    return dilation


def _depthwise(call: Call) -> list[Built]:
    _rank4(call, call.input(0), call.input(1))
    x, weights, bias = _weighted(call, 3)
    stride, dilation = _strides(call, 1), (call.option(6, default=1), call.option(5, default=1))
    return _one(call, "depthwise_conv2d", (x, weights, bias), stride=stride, dilation=_positive(call, dilation),
                padding=_padding(call, weights.shape[1:3], stride, dilation), clamp=call.clamp(4))


def _linear(call: Call) -> list[Built]:
    if call.option(1, "b"):
        raise call.fail("has shuffled weights")
    if len(call.input(1).shape) != 2:
        raise call.fail(f"has weights of shape {call.input(1).shape}")
    x, weights, bias = _weighted(call, 0)
    flat: list[Built] = []
    if len(x.shape) != len(call.output.shape) or x.shape[-1] != weights.shape[1]:  # the operator flattens its input
        shape = (1, weights.shape[1])
        flattened = replace(x, name=f"{call.name}.flat", shape=shape)
        flat, x = _one(call, "reshape", (x,), flattened, shape=shape), flattened
    return flat + _one(call, "linear", (x, weights, bias), clamp=call.clamp(0))


def _pool(op: str) -> Builder:
    def build(call: Call) -> list[Built]:
        _rank4(call, call.input(0))
        stride, kernel = _strides(call, 1), _strides(call, 3)
        return _one(call, op, kernel=kernel, stride=stride, padding=_padding(call, kernel, stride, (1, 1)),
                    clamp=call.clamp(5))
    return build


def _binary(op: str) -> Builder:
    def build(call: Call) -> list[Built]:
        return _one(call, op, (call.input(0), call.input(1)), clamp=call.clamp(0))
    return build


def _activation(function: str, alpha_slot: int | None = None) -> Builder:
    def build(call: Call) -> list[Built]:
        alpha = 0.0 if alpha_slot is None or call.options is None else call.options.real(alpha_slot)
        if not math.isfinite(alpha):
            raise call.fail(f"has alpha {alpha}")
        return _one(call, "activation", function=function, alpha=alpha)
    return build


def _gelu(call: Call) -> list[Built]:
    return _one(call, "activation", function="gelu_tanh" if call.option(0, "b") else "gelu")


def _elu(call: Call) -> list[Built]:
    return _one(call, "activation", function="elu", alpha=1.0)


def _clamp(low: float, high: float) -> Builder:
    return lambda call: _one(call, "clamp", low=low, high=high)


def _bound(side: str) -> Builder:
    def build(call: Call) -> list[Built]:
        x, limit = call.input(0), call.input(1)
        if x.data is not None:
            x, limit = limit, x
        if limit.data is None or limit.count != 1 or not _one_scale(limit):
            raise call.fail("does not compare with one constant", "a limit that is the same for all elements")
        value = limit.scale * (int(limit.data.reshape(-1)[0]) - limit.zero_point)
        limits: dict[str, Any] = {"low": -_OPEN, "high": _OPEN, side: value}
        return _one(call, "clamp", (x,), **limits)
    return build


def _prelu(call: Call) -> list[Built]:
    alpha = call.input(1)
    if alpha.data is None or alpha.count != alpha.shape[-1]:
        raise call.fail(f"has slopes of shape {alpha.shape}", "one slope per channel")
    flat = replace(alpha, shape=(alpha.count,), data=alpha.data.reshape(-1))
    return _one(call, "prelu", (call.input(0), flat))


def _softmax(call: Call) -> list[Built]:
    if call.options is None or call.options.real(0) != 1.0:
        raise call.fail("has a beta other than 1", "scale the logits in the layer before")
    return _one(call, "softmax", axis=len(call.input(0).shape) - 1)


def _log_softmax(call: Call) -> list[Built]:
    return _one(call, "log_softmax", axis=len(call.input(0).shape) - 1)


def _concat(call: Call) -> list[Built]:
    inputs = [call.input(i) for i in range(len(call.inputs))]
    if call.clamp(1) is not None or not inputs:
        raise call.fail("has no inputs, or a fused activation")
    axis, rank = call.option(0), len(call.output.shape)
    if not -rank <= axis < rank:
        raise call.fail(f"has axis {axis} of {rank}")
    return _one(call, "concat", inputs, axis=axis % rank)


def _reshape(call: Call) -> list[Built]:
    return _one(call, "reshape", shape=call.output.shape)


def _axes(call: Call, values: Sequence[int], rank: int) -> tuple[int, ...]:
    if not all(-rank <= a < rank for a in values):
        raise call.fail(f"has axes {list(values)} of {rank}")
    return tuple(sorted({a % rank for a in values}))


def _mean(call: Call) -> list[Built]:
    axes = _axes(call, call.integers(1), len(call.input(0).shape))
    return _one(call, "mean", axes=axes, keepdims=bool(call.option(0, "b")))


def _transpose(call: Call) -> list[Built]:
    rank = len(call.input(0).shape)
    permutation = call.integers(1, rank)
    if not all(-rank <= a < rank for a in permutation):
        raise call.fail(f"has the permutation {permutation}")
    return _one(call, "transpose", permutation=tuple(a % rank for a in permutation))


def _pad(call: Call) -> list[Built]:
    pairs, value = call.integers(1, 2 * len(call.input(0).shape)), 0.0
    if len(call.inputs) > 2:
        constant = call.input(2)
        if constant.data is None or constant.count != 1 or constant.dtype != "s8" or not _one_scale(constant):
            raise call.fail("has a value that is not one constant int8")
        value = constant.scale * (int(constant.data.reshape(-1)[0]) - constant.zero_point)
    return _one(call, "pad", before=tuple(pairs[::2]), after=tuple(pairs[1::2]), value=value)


def _slice(call: Call) -> list[Built]:
    shape = call.input(0).shape
    starts, sizes = call.integers(1, len(shape)), call.integers(2, len(shape))
    sizes = [shape[i] - starts[i] if n == -1 else n for i, n in enumerate(sizes)]
    return _one(call, "slice", starts=tuple(starts), sizes=tuple(sizes), strides=(1,) * len(shape))


def _strided_slice(call: Call) -> list[Built]:
    x = call.input(0)
    rank = len(x.shape)
    if call.option(2) or call.option(3) or call.option(5, "b"):
        raise call.fail("uses an ellipsis, a new axis or offsets", "plain begin, end and strides")
    begins, ends, strides = (call.integers(i, rank) for i in (1, 2, 3))
    if 0 in strides:
        raise call.fail("has a stride of 0")
    starts, sizes = [], []
    for axis in range(rank):
        begin = None if call.option(0) >> axis & 1 else begins[axis]
        end = None if call.option(1) >> axis & 1 else ends[axis]
        if call.option(4) >> axis & 1:  # this axis is one index, and dropped
            end = begins[axis] + 1 or None
            strides[axis] = 1
        taken = range(x.shape[axis])[begin:end:strides[axis]]
        starts.append(taken.start)
        sizes.append(len(taken))
    cut = replace(call.output, name=f"{call.name}.cut", shape=tuple(sizes))
    whole = cut.shape == call.output.shape
    made = _one(call, "slice", output=call.output if whole else cut, starts=tuple(starts), sizes=tuple(sizes),
                strides=tuple(strides))
    return made if whole else made + _one(call, "reshape", (cut,), shape=call.output.shape)


def _split(call: Call) -> list[Built]:
    x = call.input(1)
    rank = len(x.shape)
    (axis,) = _axes(call, call.integers(0, 1), rank)
    made, start = [], 0
    for output in call.outputs:
        if len(output.shape) != rank:
            raise call.fail(f"has an output of shape {output.shape}")
        starts, start = tuple(start if i == axis else 0 for i in range(rank)), start + output.shape[axis]
        made += _one(call, "slice", (x,), output, starts=starts, sizes=output.shape, strides=(1,) * rank)
    return made


def _resize_nearest(call: Call) -> list[Built]:
    _rank4(call, call.input(0), call.output)
    align, half = bool(call.option(0, "b")), bool(call.option(1, "b"))
    x, y = call.input(0).shape, call.output.shape
    if max(*x[1:3], *y[1:3]) >= 1 << 15:
        raise call.fail(f"has an image side of {max(*x[1:3], *y[1:3])}, at most {(1 << 15) - 1}")
    rows, columns = (nearest_indices(x[axis], y[axis], align, half) for axis in (1, 2))
    return _one(call, "resize_nearest", rows=rows, columns=columns)


def _requantize(call: Call) -> list[Built]:
    return _one(call, "requantize")


#: builtin operator number -> (its name in the schema, how to build it)
BUILDERS: dict[int, tuple[str, Builder]] = {
    0: ("ADD", _binary("add")), 1: ("AVERAGE_POOL_2D", _pool("avg_pool2d")), 2: ("CONCATENATION", _concat),
    3: ("CONV_2D", _conv2d), 4: ("DEPTHWISE_CONV_2D", _depthwise), 9: ("FULLY_CONNECTED", _linear),
    14: ("LOGISTIC", _activation("sigmoid")), 17: ("MAX_POOL_2D", _pool("max_pool2d")), 18: ("MUL", _binary("mul")),
    19: ("RELU", _clamp(0.0, _OPEN)), 20: ("RELU_N1_TO_1", _clamp(-1.0, 1.0)), 21: ("RELU6", _clamp(0.0, 6.0)),
    22: ("RESHAPE", _reshape), 25: ("SOFTMAX", _softmax), 28: ("TANH", _activation("tanh")), 34: ("PAD", _pad),
    39: ("TRANSPOSE", _transpose), 40: ("MEAN", _mean), 41: ("SUB", _binary("sub")), 43: ("SQUEEZE", _reshape),
    45: ("STRIDED_SLICE", _strided_slice), 47: ("EXP", _activation("exp")), 49: ("SPLIT", _split),
    50: ("LOG_SOFTMAX", _log_softmax), 54: ("PRELU", _prelu), 55: ("MAXIMUM", _bound("low")),
    57: ("MINIMUM", _bound("high")), 59: ("NEG", _activation("neg")), 60: ("PADV2", _pad),
    65: ("SLICE", _slice), 70: ("EXPAND_DIMS", _reshape), 73: ("LOG", _activation("log")),
    76: ("RSQRT", _activation("rsqrt")), 97: ("RESIZE_NEAREST_NEIGHBOR", _resize_nearest),
    98: ("LEAKY_RELU", _activation("leaky_relu", 0)), 101: ("ABS", _activation("abs")), 111: ("ELU", _elu),
    114: ("QUANTIZE", _requantize), 117: ("HARD_SWISH", _activation("hardswish")), 150: ("GELU", _gelu),
}
