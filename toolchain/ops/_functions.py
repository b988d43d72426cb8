"""The functions of the activation operator, in float (torch)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def _functional(name: str, *args: str, **kwargs: Any) -> Callable[[Any, float], Any]:
    """Return a call of torch.nn.functional.NAME, imported when first called; ``args`` may hold "alpha"."""
    def call(x: Any, alpha: float) -> Any:
        import torch.nn.functional as F

        return getattr(F, name)(x, *(alpha for _ in args), **kwargs)

    return call


#: name -> (x, alpha) -> y on torch tensors
FLOAT_FUNCTIONS: Mapping[str, Callable[[Any, float], Any]] = {
    "abs": lambda x, alpha: x.abs(),
    "celu": _functional("celu", "alpha"),
    "elu": _functional("elu", "alpha"),
    "exp": lambda x, alpha: x.exp(),
    "gelu": _functional("gelu"),
    "gelu_tanh": _functional("gelu", approximate="tanh"),
    "hardsigmoid": _functional("hardsigmoid"),
    "hardswish": _functional("hardswish"),
    "leaky_relu": _functional("leaky_relu", "alpha"),
    "log": lambda x, alpha: x.log(),
    "mish": _functional("mish"),
    "neg": lambda x, alpha: -x,
    "reciprocal": lambda x, alpha: x.reciprocal(),
    "rsqrt": lambda x, alpha: x.rsqrt(),
    "selu": _functional("selu"),
    "sigmoid": lambda x, alpha: x.sigmoid(),
    "silu": _functional("silu"),
    "softplus": _functional("softplus"),
    "softsign": _functional("softsign"),
    "sqrt": lambda x, alpha: x.sqrt(),
    "square": lambda x, alpha: x.square(),
    "tanh": lambda x, alpha: x.tanh(),
}
