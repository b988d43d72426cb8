"""The functions of the activation operator: in float (torch), and in 40-digit decimals for the tables of codes.

Decimals make the tables the same on every machine: Python's decimal module rounds exp, ln and sqrt correctly, where the
C library's last bit varies. Outside their domain the functions take the limit that a code can hold: sqrt is 0, log the
lowest code, reciprocal and rsqrt the highest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from typing import Any

Real = Callable[[Decimal, Decimal], Decimal]

#: No traps: overflow becomes an infinity, which is a code's limit.
EXACT = Context(prec=40, traps=[])

ONE, HALF, INFINITY = Decimal(1), Decimal("0.5"), Decimal("Infinity")
PI = Decimal("3.141592653589793238462643383279502884197169")
SELU_SCALE = Decimal("1.0507009873554804934193349852946")
SELU_ALPHA = Decimal("1.6732632423543772848170429916717")


@dataclass(frozen=True)
class Function:
    """One function: on torch tensors, and on decimals; both take alpha."""

    torch: Callable[[Any, float], Any]
    exact: Real


def _functional(name: str, takes_alpha: bool = False, **kwargs: Any) -> Callable[[Any, float], Any]:
    """Return a call of torch.nn.functional.NAME, imported when first called."""
    def call(x: Any, alpha: float) -> Any:
        import torch.nn.functional as F

        return getattr(F, name)(x, *((alpha,) if takes_alpha else ()), **kwargs)

    return call


def _sigmoid(x: Decimal) -> Decimal:
    return ONE / (ONE + (-x).exp())


def _tanh(x: Decimal) -> Decimal:
    return ONE - 2 / ((2 * x).exp() + ONE)


def _softplus(x: Decimal) -> Decimal:
    return x if x > 100 else (ONE + x.exp()).ln()  # beyond 100 they differ by less than 1e-43


def _erf(x: Decimal) -> Decimal:
    """Return the error function: 2 / sqrt(pi) * exp(-x^2) * sum of 2^n x^(2n + 1) / (2n + 1)!!, all of one sign."""
    if abs(x) > 10:
        return ONE.copy_sign(x)  # 1 - erf(10) < 1e-44
    term = total = x
    n = 1
    while abs(term) > Decimal("1e-45"):
        term = term * 2 * x * x / (2 * n + 1)
        total += term
        n += 1
    return 2 / PI.sqrt() * (-x * x).exp() * total


def _gelu_tanh(x: Decimal) -> Decimal:
    return x * HALF * (ONE + _tanh((2 / PI).sqrt() * (x + Decimal("0.044715") * x * x * x)))


def _elu(x: Decimal, alpha: Decimal) -> Decimal:
    return x if x > 0 else alpha * (x.exp() - ONE)


def _hardsigmoid(x: Decimal) -> Decimal:
    return min(max(x + 3, Decimal(0)), Decimal(6)) / 6


FUNCTIONS: Mapping[str, Function] = {
    "abs": Function(lambda x, a: x.abs(), lambda x, a: abs(x)),
    "celu": Function(_functional("celu", True), lambda x, a: x if x > 0 else a * ((x / a).exp() - ONE)),
    "elu": Function(_functional("elu", True), _elu),
    "exp": Function(lambda x, a: x.exp(), lambda x, a: x.exp()),
    "gelu": Function(_functional("gelu"), lambda x, a: x * HALF * (ONE + _erf(x / Decimal(2).sqrt()))),
    "gelu_tanh": Function(_functional("gelu", approximate="tanh"), lambda x, a: _gelu_tanh(x)),
    "hardsigmoid": Function(_functional("hardsigmoid"), lambda x, a: _hardsigmoid(x)),
    "hardswish": Function(_functional("hardswish"), lambda x, a: x * _hardsigmoid(x)),
    "leaky_relu": Function(_functional("leaky_relu", True), lambda x, a: x if x >= 0 else a * x),
    "log": Function(lambda x, a: x.log(), lambda x, a: x.ln() if x > 0 else -INFINITY),
    "mish": Function(_functional("mish"), lambda x, a: x * _tanh(_softplus(x))),
    "neg": Function(lambda x, a: -x, lambda x, a: -x),
    "reciprocal": Function(lambda x, a: x.reciprocal(), lambda x, a: ONE / x if x else INFINITY),
    "rsqrt": Function(lambda x, a: x.rsqrt(), lambda x, a: ONE / x.sqrt() if x > 0 else INFINITY),
    "selu": Function(_functional("selu"), lambda x, a: SELU_SCALE * _elu(x, SELU_ALPHA)),
    "sigmoid": Function(lambda x, a: x.sigmoid(), lambda x, a: _sigmoid(x)),
    "silu": Function(_functional("silu"), lambda x, a: x * _sigmoid(x)),
    "softplus": Function(_functional("softplus"), lambda x, a: _softplus(x)),
    "softsign": Function(_functional("softsign"), lambda x, a: x / (ONE + abs(x))),
    "sqrt": Function(lambda x, a: x.sqrt(), lambda x, a: x.sqrt() if x > 0 else Decimal(0)),
    "square": Function(lambda x, a: x.square(), lambda x, a: x * x),
    "tanh": Function(lambda x, a: x.tanh(), lambda x, a: _tanh(x)),
}


def exact_codes(function: str, alpha: float, scale: float, zero_point: int, out_scale: float,
                out_zero_point: int) -> list[int]:
    """Return the output code of every input code -128..127: the exact value, rounded once, halves away from zero."""
    call, slope = FUNCTIONS[function].exact, Decimal(alpha)
    with localcontext(EXACT):
        codes = []
        for code in range(-128, 128):
            steps = call((code - zero_point) * Decimal(scale), slope) / Decimal(out_scale)
            nearest = min(max(steps, Decimal(-256)), Decimal(256)).to_integral_value("ROUND_HALF_UP")
            codes.append(min(max(int(nearest) + out_zero_point, -128), 127))
    return codes
