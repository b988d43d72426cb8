"""The activation operator, softmax and log_softmax in float32: the twins of the C functions, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from toolchain.errors import ModelError
from toolchain.ir import Array, Node, Tensor
from toolchain.ops._exp_f32 import exp, expm1, horner, log, log1p
from toolchain.ops._exp_table import row_shape
from toolchain.ops._float32 import DTYPE, FloatParams, f32, fma, limited, maximum
from toolchain.ops._walk import elementwise
from toolchain.ops.base import Kernel

_ERF_NEAR = ("0x1.4ae4c6p-14", "-0x1.a485e8p-11", "0x1.5419f4p-8", "-0x1.b7fbb4p-6", "0x1.ce2d20p-4", "-0x1.81273ep-2",
             "0x1.20dd74p+0")
_ERF_FAR = ("-0x1.0ddc16p-22", "0x1.a8b644p-16", "-0x1.e65124p-12", "0x1.18a676p-8", "-0x1.9fb868p-6", "0x1.bcfc3ep-4",
            "0x1.441dc4p-1", "0x1.21317ap+0", "-0x1.ac92dep-13")
_ONE, _HALF = f32(1), f32(0.5)


@dataclass(frozen=True)
class ActivationF32Params(FloatParams):
    """The C twin is tc_activation_f32_params; ``function`` is an index into FUNCTIONS."""

    count: int
    function: int
    alpha: float


@dataclass(frozen=True)
class SoftmaxF32Params(FloatParams):
    """The C twins are tc_softmax_f32_params and tc_log_softmax_f32_params."""

    rows: int
    channels: int


def _signed(size: Array, x: Array) -> Array:
    y: Array = np.where(x < 0, -size, size)
    return y


def _sigmoid(x: Array) -> Array:
    y: Array = _ONE / (_ONE + exp(-x))
    return y


def _tanh(x: Array) -> Array:
    size = np.abs(x)
    e = expm1(f32(2) * np.where(size < f32(20), size, f32(20)))
    return _signed(e / (e + f32(2)), x)


def _softplus(x: Array) -> Array:
    return np.where(x > 0, x, f32(0)) + log1p(exp(-np.abs(x)))


def _hardsigmoid(x: Array) -> Array:
    y: Array = limited(x + f32(3), 0.0, 6.0) / f32(6)
    return y


def _erf(x: Array) -> Array:
    size = np.abs(x)
    a = np.where(size < f32(4), size, f32(4))
    return _signed(np.where(a < _ONE, horner(_ERF_NEAR, a * a) * a, _ONE - exp(-horner(_ERF_FAR, a))), x)


def _gelu(x: Array) -> Array:
    y: Array = _HALF * x * (_ONE + _erf(x * f32(float.fromhex("0x1.6a09e6p-1"))))
    return y


def _gelu_tanh(x: Array) -> Array:
    cubic = fma(f32(0.044715) * (x * x), x, x)
    y: Array = _HALF * x * (_ONE + _tanh(f32(float.fromhex("0x1.988454p-1")) * cubic))
    return y


def _elu(x: Array, alpha: Any) -> Array:
    return np.where(x > 0, x, alpha * expm1(x))


def _selu(x: Array) -> Array:
    scale, alpha = (f32(float.fromhex(c)) for c in ("0x1.0cfabep+0", "0x1.ac5afap+0"))
    y: Array = scale * _elu(x, alpha)
    return y


#: By name, in the order of the enumeration in tc_activation_f32.h; each takes x and alpha.
FUNCTIONS: Mapping[str, Callable[[Array, Any], Array]] = {
    "abs": lambda x, a: np.abs(x),
    "celu": lambda x, a: np.where(x > 0, x, a * expm1(x / a)),
    "elu": _elu,
    "exp": lambda x, a: exp(x),
    "gelu": lambda x, a: _gelu(x),
    "gelu_tanh": lambda x, a: _gelu_tanh(x),
    "hardsigmoid": lambda x, a: _hardsigmoid(x),
    "hardswish": lambda x, a: x * _hardsigmoid(x),
    "leaky_relu": lambda x, a: np.where(x >= 0, x, a * x),
    "log": lambda x, a: log(x),
    "mish": lambda x, a: x * _tanh(_softplus(x)),
    "neg": lambda x, a: -x,
    "reciprocal": lambda x, a: _ONE / x,
    "selu": lambda x, a: _selu(x),
    "sigmoid": lambda x, a: _sigmoid(x),
    "silu": lambda x, a: x * _sigmoid(x),
    "softplus": lambda x, a: _softplus(x),
    "softsign": lambda x, a: x / (_ONE + np.abs(x)),
    "square": lambda x, a: x * x,
    "tanh": lambda x, a: _tanh(x),
}


def lower_activation(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> ActivationF32Params:
    """Return the parameters of an activation node; ModelError for a function without a float32 form."""
    attrs: Any = node.attrs
    if attrs.function not in FUNCTIONS:
        raise ModelError(f"{node.name}: {attrs.function} has no float32 kernel",
                         [("layer", node.origin.module or node.name), ("there are", ", ".join(FUNCTIONS))],
                         "--precision int8, or another function")
    return ActivationF32Params(inputs[0].count, list(FUNCTIONS).index(attrs.function), float(f32(attrs.alpha)))


def reference_activation(p: ActivationF32Params, x: Array) -> Array:
    """Return the function of every element."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        return list(FUNCTIONS.values())[p.function](x, f32(p.alpha))


def lower_softmax(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> SoftmaxF32Params:
    """Return the parameters of a softmax or log_softmax node."""
    attrs: Any = node.attrs
    return SoftmaxF32Params(*row_shape(node, attrs.axis, inputs[0]))


def _exponentials(x: Array) -> tuple[Array, Array, Array]:
    """Return x - maximum, its exponentials and their sums, channel by channel, along the last axis."""
    largest = x[..., 0]
    for c in range(1, x.shape[-1]):
        largest = maximum(largest, x[..., c])
    differences = x - largest[..., None]
    exps = exp(differences)
    total = np.zeros(x.shape[:-1], np.float32)
    for c in range(x.shape[-1]):
        total = total + exps[..., c]
    return differences, exps, total[..., None]


def reference_softmax(x: Array) -> Array:
    """Return the softmax of rows."""
    _, exps, total = _exponentials(x)
    y: Array = exps / total
    return y


def reference_log_softmax(x: Array) -> Array:
    """Return the logarithm of the softmax of rows."""
    differences, _, total = _exponentials(x)
    y: Array = differences - log(total)
    return y


ACTIVATION = (Kernel("tc_activation_f32_ref", in_place=(0,), params_type="tc_activation_f32_params",
                     walk=lambda p: elementwise(p.count), dtype=DTYPE),)
SOFTMAX = (Kernel("tc_softmax_f32_ref", in_place=(0,), params_type="tc_softmax_f32_params",
                  walk=lambda p: elementwise(p.rows * p.channels), dtype=DTYPE),)
LOG_SOFTMAX = (Kernel("tc_log_softmax_f32_ref", in_place=(0,), params_type="tc_log_softmax_f32_params",
                      walk=lambda p: elementwise(p.rows * p.channels), dtype=DTYPE),)
