"""Activations, arithmetic and softmax."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from toolchain.frontend.builder import Builder, Call, Expanded, Result, Unsupported
from toolchain.ir import Tensor
from toolchain.ops.activation import ActivationAttributes
from toolchain.ops.add import BinaryAttributes
from toolchain.ops.clamp import ClampAttributes
from toolchain.ops.slice import SliceAttributes
from toolchain.ops.softmax import SoftmaxAttributes


def _clamp(b: Builder, x: Tensor, low: Any, high: Any) -> Tensor:
    limits = [default if v is None else v for v, default in ((low, -math.inf), (high, math.inf))]
    if any(isinstance(v, Tensor) for v in limits):
        raise Unsupported("limits that are tensors", "clamp with numbers")
    return b.add("clamp", [x], ClampAttributes(float(limits[0]), float(limits[1])))


def _range(low: str | float | None, high: str | float | None) -> Callable[[Builder, Call], Result]:
    """Return a lowering to clamp; a limit is a number, none, or the name of an argument."""
    def lower(b: Builder, call: Call) -> Result:
        limits = [call.get(v) if isinstance(v, str) else v for v in (low, high)]
        return _clamp(b, call.tensor("self"), *limits)

    return lower


def _activation(function: str, alpha: str = "") -> Callable[[Builder, Call], Result]:
    """Return a lowering to the activation operator; ``alpha`` names the argument that is its parameter."""
    def lower(b: Builder, call: Call) -> Result:
        parameter = float(call[alpha]) if alpha else 0.0
        return b.add("activation", [call.tensor("self")], ActivationAttributes(function, parameter))

    return lower


def gelu(b: Builder, call: Call) -> Result:
    """Lower gelu, exact or by tanh."""
    function = "gelu_tanh" if call["approximate"] == "tanh" else "gelu"
    return b.add("activation", [call.tensor("self")], ActivationAttributes(function))


def elu(b: Builder, call: Call) -> Result:
    """Lower elu; selu arrives as elu with a scale."""
    alpha, scale, input_scale = (float(call[n]) for n in ("alpha", "scale", "input_scale"))
    if input_scale != 1.0:
        raise Unsupported("elu with an input scale", "nn.ELU or nn.SELU")
    y = b.add("activation", [call.tensor("self")], ActivationAttributes("elu", alpha))
    return y if scale == 1.0 else _binary(b, "mul", y, scale)


def softplus(b: Builder, call: Call) -> Result:
    """Lower softplus with its default parameters."""
    if (call["beta"], call["threshold"]) != (1, 20):
        raise Unsupported("softplus with beta or threshold", "nn.Softplus()")
    return b.add("activation", [call.tensor("self")], ActivationAttributes("softplus"))


def prelu(b: Builder, call: Call) -> Result:
    """Lower prelu: slopes per channel, channels last."""
    x, slopes = call.tensor("self"), call.weights("weight").reshape(-1)
    alpha = b.constant(call["weight"].name, slopes)
    if len(x.shape) == 2 or len(slopes) == 1:
        return b.add("prelu", [x, alpha])
    last = (0, *range(2, len(x.shape)), 1)
    y = b.add("prelu", [b.transpose(x, last), alpha])
    return b.transpose(y, tuple(int(i) for i in np.argsort(last)))


def _binary(b: Builder, op: str, left: Any, right: Any) -> Tensor:
    """Add one binary node; numbers become constants, lower ranks get leading axes of size 1."""
    values = [v.tensor if isinstance(v, Expanded) else v for v in (left, right)]
    rank = max(len(v.shape) for v in values if isinstance(v, Tensor))
    operands = []
    for value in values:
        if not isinstance(value, Tensor):
            operands.append(b.operand("operand", np.full((1,) * rank, float(value))))
        else:
            operands.append(b.reshape(value, (1,) * (rank - len(value.shape)) + value.shape))
    return b.add(op, operands, BinaryAttributes())


def _is_constant(value: Any) -> bool:
    return not isinstance(value, (Tensor, Expanded)) or (isinstance(value, Tensor) and value.data is not None)


def _scaled(b: Builder, value: Any, factor: float) -> Any:
    """Return ``factor * value`` for a number, a constant or an activation."""
    if factor == 1:
        return value
    if not isinstance(value, (Tensor, Expanded)):
        return factor * value
    if isinstance(value, Tensor) and value.data is not None:
        return b.operand("operand", factor * value.data)
    return _binary(b, "mul", value, factor)


def add(b: Builder, call: Call) -> Result:
    """Lower self + alpha * other."""
    return _binary(b, "add", call["self"], _scaled(b, call["other"], call.get("alpha", 1)))


def sub(b: Builder, call: Call) -> Result:
    """Lower self - alpha * other."""
    return _binary(b, "sub", call["self"], _scaled(b, call["other"], call.get("alpha", 1)))


def rsub(b: Builder, call: Call) -> Result:
    """Lower other - alpha * self."""
    return _binary(b, "sub", call["other"], _scaled(b, call["self"], call.get("alpha", 1)))


def mul(b: Builder, call: Call) -> Result:
    """Lower self * other."""
    return _binary(b, "mul", call["self"], call["other"])


def div(b: Builder, call: Call) -> Result:
    """Lower division: a product with the reciprocal, which is computed here for a constant divisor."""
    left, right = call["self"], call["other"]
    if call.get("rounding_mode") is not None:
        raise Unsupported("division that rounds to integers", "true division; round outside the model")
    if not _is_constant(right):
        divisor = right.tensor if isinstance(right, Expanded) else right
        inverse = b.add("activation", [divisor], ActivationAttributes("reciprocal"))
        return inverse if left == 1 else _binary(b, "mul", left, inverse)
    if isinstance(right, Tensor):
        return _binary(b, "mul", left, b.operand("reciprocal", 1.0 / np.asarray(right.data, dtype=np.float64)))
    return _binary(b, "mul", left, 1.0 / float(right))


def power(b: Builder, call: Call) -> Result:
    """Lower the powers that are a function of one variable."""
    x, exponent = call.tensor("self"), call["exponent"]
    functions = {2: "square", 0.5: "sqrt", -0.5: "rsqrt", -1: "reciprocal"}
    if isinstance(exponent, Tensor) or exponent not in (1, 3, *functions):
        raise Unsupported(f"power {exponent}", "exponent 2, 3, 0.5, -0.5 or -1")
    if exponent == 1:
        return x
    if exponent == 3:
        return _binary(b, "mul", x, b.add("activation", [x], ActivationAttributes("square")))
    return b.add("activation", [x], ActivationAttributes(functions[exponent]))


def _extremum(upper: bool) -> Callable[[Builder, Call], Result]:
    """Return a lowering of maximum or minimum with a constant number to clamp."""
    def lower(b: Builder, call: Call) -> Result:
        x, limit = call.tensor("self"), call.tensor("other")
        x, limit = (limit, x) if x.data is not None else (x, limit)
        if limit.data is None or limit.data.size != 1:
            raise Unsupported("maximum or minimum of two activations",
                              "clamp with numbers, or relu(a - b) + b for max(a, b)")
        value = float(limit.data.reshape(-1)[0])
        return _clamp(b, x, None, value) if upper else _clamp(b, x, value, None)

    return lower


def threshold(b: Builder, call: Call) -> Result:
    """Lower threshold where it is continuous."""
    if call["threshold"] != call["value"]:
        raise Unsupported("threshold that jumps", "value equal to threshold, or relu")
    return _clamp(b, call.tensor("self"), call["threshold"], None)


def glu(b: Builder, call: Call) -> Result:
    """Lower the gated linear unit: the first half times the sigmoid of the second."""
    x = call.tensor("self")
    axis = call["dim"] % len(x.shape)
    half = x.shape[axis] // 2
    sizes = tuple(half if i == axis else d for i, d in enumerate(x.shape))
    parts = [b.add("slice", [x], SliceAttributes(tuple(start if i == axis else 0 for i in range(len(sizes))), sizes,
                                                 (1,) * len(sizes))) for start in (0, half)]
    return _binary(b, "mul", parts[0], b.add("activation", [parts[1]], ActivationAttributes("sigmoid")))


def _softmax(op: str) -> Callable[[Builder, Call], Result]:
    """Return a lowering of softmax along any axis to softmax along the last."""
    def lower(b: Builder, call: Call) -> Result:
        x = call.tensor("self")
        last = len(x.shape) - 1
        axis = call["dim"] % (last + 1)
        if axis == 0:
            raise Unsupported(f"{op} along the batch", f"{op} along an axis of the sample: dim=1 or dim=-1")
        swap = [last if i == axis else axis if i == last else i for i in range(last + 1)]
        return b.transpose(b.add(op, [b.transpose(x, swap)], SoftmaxAttributes(last)), swap)

    return lower


TABLE: dict[str, Callable[[Builder, Call], Result]] = {
    "relu": _range(0.0, None), "relu6": _range(0.0, 6.0), "hardtanh": _range("min_val", "max_val"),
    "clamp": _range("min", "max"), "clip": _range("min", "max"), "clamp_min": _range("min", None),
    "clamp_max": _range(None, "max"), "threshold": threshold, "maximum": _extremum(False), "minimum": _extremum(True),
    "sigmoid": _activation("sigmoid"), "tanh": _activation("tanh"), "hardswish": _activation("hardswish"),
    "hardsigmoid": _activation("hardsigmoid"), "silu": _activation("silu"), "mish": _activation("mish"),
    "leaky_relu": _activation("leaky_relu", "negative_slope"), "celu": _activation("celu", "alpha"), "elu": elu,
    "selu": _activation("selu"), "softplus": softplus, "softsign": _activation("softsign"), "gelu": gelu,
    "prelu": prelu, "_prelu_kernel": prelu, "exp": _activation("exp"), "abs": _activation("abs"),
    "neg": _activation("neg"), "log": _activation("log"), "sqrt": _activation("sqrt"), "rsqrt": _activation("rsqrt"),
    "reciprocal": _activation("reciprocal"), "square": _activation("square"), "pow": power, "glu": glu,
    "add": add, "sub": sub, "rsub": rsub, "mul": mul, "div": div,
    "softmax": _softmax("softmax"), "_softmax": _softmax("softmax"),
    "log_softmax": _softmax("log_softmax"), "_log_softmax": _softmax("log_softmax"),
}
