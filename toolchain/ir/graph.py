"""The graph that every stage up to planning works on: frozen tensors and nodes in execution order.

Shapes: every activation has its batch, always 1, as axis 0; image-like activations are NHWC, sequences NLC,
        from the moment of capture (the front end inserts the transposes, the layout pass removes them).
Quant:  a tensor of dtype s8 with ``quantization`` means real = scale * (q - zero_point).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from toolchain.ir.storage import Storage

Shape: TypeAlias = tuple[int, ...]
Array: TypeAlias = npt.NDArray[Any]

#: dtype name -> NumPy dtype that holds one element.
DTYPES: Mapping[str, type] = {"f32": np.float32, "s8": np.int8, "s16": np.int16, "s32": np.int32}


@dataclass(frozen=True)
class Quantization:
    """Affine quantisation: one scale per tensor (``axis`` None) or one per index of ``axis``.

    Scales are float32-representable, so that every runtime computes the same multiplier from them.
    """

    scale: tuple[float, ...]
    zero_point: tuple[int, ...]
    axis: int | None = None

    @classmethod
    def per_tensor(cls, scale: float, zero_point: int) -> Quantization:
        """Return one scale and zero point for the whole tensor."""
        return cls((float(np.float32(scale)),), (int(zero_point),))

    @classmethod
    def per_channel(cls, scales: Iterable[float], axis: int) -> Quantization:
        """Return symmetric quantisation (zero point 0) with one scale per index of ``axis``."""
        scale = tuple(float(np.float32(s)) for s in scales)
        return cls(scale, (0,) * len(scale), axis)


@dataclass(frozen=True, eq=False)
class Tensor:
    """A value of the graph; ``data`` makes it a constant. ``storage``: how weights lie in flash (None: int8)."""

    name: str
    shape: Shape
    dtype: str = "f32"
    data: Array | None = None
    quantization: Quantization | None = None
    storage: Storage | None = None

    @property
    def count(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def size_bytes(self) -> int:
        """Bytes that the tensor takes in memory."""
        return self.count * self.itemsize

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return np.dtype(DTYPES[self.dtype]).itemsize

    @property
    def scale(self) -> float:
        """Scale of a per-tensor quantised tensor."""
        return self._single().scale[0]

    @property
    def zero_point(self) -> int:
        """Zero point of a per-tensor quantised tensor."""
        return self._single().zero_point[0]

    def _single(self) -> Quantization:
        if self.quantization is None or self.quantization.axis is not None:
            raise ValueError(f"tensor {self.name} has no per-tensor quantisation")
        return self.quantization


@dataclass(frozen=True)
class Origin:
    """Where a node comes from in the user's model: dotted module path and ``file.py:line  source text``."""

    module: str = ""
    source: str = ""


@dataclass(frozen=True)
class Attributes:
    """Base of the attribute record of each operator (a frozen dataclass in toolchain/ops/OP.py)."""


@dataclass(frozen=True)
class Node:
    """One operator call: names of its input tensors (activations, then constants) and output tensors."""

    name: str
    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attrs: Attributes = field(default_factory=Attributes)
    origin: Origin = field(default_factory=Origin)


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes in an executable order, the tensors by name, and the names of inputs and outputs.

    ``layouts`` has, for an input or output whose axes the layout pass moved, the permutation from PyTorch's layout to
    this graph's: ``x_here = x_torch.transpose(layouts[name])`` (toolchain/ir/layout.py applies it).
    """

    name: str
    tensors: Mapping[str, Tensor]
    nodes: tuple[Node, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    layouts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def inputs_of(self, node: Node) -> tuple[Tensor, ...]:
        """Return the input tensors of a node."""
        return tuple(self.tensors[n] for n in node.inputs)

    def outputs_of(self, node: Node) -> tuple[Tensor, ...]:
        """Return the output tensors of a node."""
        return tuple(self.tensors[n] for n in node.outputs)

    def producer(self, tensor: str) -> Node | None:
        """Return the node that writes a tensor; None for graph inputs and constants."""
        return next((n for n in self.nodes if tensor in n.outputs), None)

    def consumers(self, tensor: str) -> tuple[Node, ...]:
        """Return the nodes that read a tensor, in order."""
        return tuple(n for n in self.nodes if tensor in n.inputs)

    def constants(self) -> Iterator[Tensor]:
        """Yield the constant tensors, in name order."""
        return (self.tensors[k] for k in sorted(self.tensors) if self.tensors[k].data is not None)

    def replace(self, **changes: Any) -> Graph:
        """Return a copy with some fields changed."""
        return dataclasses.replace(self, **changes)

    def with_tensors(self, *tensors: Tensor) -> Graph:
        """Return a copy in which these tensors are added or replace those of the same name."""
        return self.replace(tensors={**self.tensors, **{t.name: t for t in tensors}})
