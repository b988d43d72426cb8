"""aten operator -> function that adds its nodes to the graph; one file per theme, each with its ``TABLE``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from toolchain.frontend.builder import Builder, Call, Result
from toolchain.frontend.lowering import convolution, elementwise, pooling, reduction, shape

Lowering: TypeAlias = Callable[[Builder, Call], Result]

#: name without namespace and overload: ``conv2d`` for ``aten.conv2d.default`` and ``aten.conv2d.padding``
TABLE: Mapping[str, Lowering] = {
    **convolution.TABLE, **pooling.TABLE, **elementwise.TABLE, **reduction.TABLE, **shape.TABLE,
}

__all__ = ["TABLE", "Lowering"]
