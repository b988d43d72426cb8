"""What the lowering functions work with: a graph under construction, and one aten call by the names of its arguments.

Shapes: activations keep PyTorch's layout here; ``to_nhwc`` and ``from_nhwc`` go around operators that
        exist in NHWC only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from toolchain import ops
from toolchain.errors import ModelError
from toolchain.ir import Array, Attributes, Graph, Node, Origin, Shape, Tensor
from toolchain.ops.reshape import ReshapeAttributes
from toolchain.ops.transpose import TransposeAttributes

_LAYOUT_OPS = {"transpose", "reshape"}


class Unsupported(Exception):
    """An aten call that has no lowering; ``rewrite`` is what the user can write instead (empty: the table's)."""

    def __init__(self, reason: str, rewrite: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.rewrite = rewrite


@dataclass(frozen=True)
class Expanded:
    """A tensor that ``expand`` repeats to ``shape``: add, sub and mul broadcast it, nothing else takes it."""

    tensor: Tensor
    shape: Shape


Result: TypeAlias = "Tensor | Expanded | tuple[Tensor, ...]"


@dataclass(frozen=True)
class Call:
    """One aten call: arguments by schema name (tensors as ``Tensor``), operator, shape of the first output."""

    arguments: Mapping[str, Any]
    target: Any
    shape: Shape

    def __getitem__(self, name: str) -> Any:
        return self.arguments[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return an argument that not every overload has."""
        return self.arguments.get(name, default)

    def tensor(self, name: str) -> Tensor:
        """Return a tensor argument; Unsupported for one that expand made larger."""
        return plain(self.arguments[name])

    def weights(self, name: str) -> Array:
        """Return the data of a tensor argument that must be constant."""
        tensor = self.tensor(name)
        if tensor.data is None:
            raise Unsupported(f"its {name} is computed from the model's input",
                              "parameters or buffers of the module as weights")
        return tensor.data

    def pair(self, name: str, default: Sequence[int] = ()) -> tuple[int, int]:
        """Return a window argument as (height, width); one number stands for a 1-D window, that is height 1."""
        values = [int(v) for v in self.arguments.get(name, ()) or default]
        if len(values) == 1:
            values = values * 2
        return values[0], values[1]


def plain(value: Any) -> Tensor:
    """Return ``value`` as a tensor; Unsupported for the result of expand."""
    if isinstance(value, Expanded):
        raise Unsupported(f"it needs the tensor that expand made {list(value.shape)}",
                          "add, sub or mul on the tensor before expand: they broadcast")
    if not isinstance(value, Tensor):
        raise Unsupported(f"its argument {value!r} is not a tensor")
    return value


class Builder:
    """Collects nodes and tensors; names come from the aten call that ``begin`` announced.

    A constant enters the graph when a node reads it, as float32 and once for all nodes that read the same values
    under the same name: shared weights stay shared.
    """

    def __init__(self) -> None:
        self.tensors: dict[str, Tensor] = {}
        self.nodes: list[Node] = []
        self._call = ""
        self._origin = Origin()
        self._names: set[str] = set()
        self._constants: dict[tuple[str, Shape, bytes], Tensor] = {}

    def begin(self, call: str, origin: Origin) -> None:
        """Name the aten call that the next nodes belong to."""
        self._call, self._origin = call, origin

    def input(self, name: str, shape: Shape) -> Tensor:
        """Add a graph input, or a stand-in for a value whose operator is not supported."""
        return self._tensor(Tensor(self._unique(name), shape))

    def constant(self, name: str, array: Array) -> Tensor:
        """Return the constant of this name and content as float32; the same call returns the same tensor."""
        data = np.array(array, dtype=np.float32, order="C")
        key = (name, data.shape, data.tobytes())
        if key not in self._constants:
            self._constants[key] = self._tensor(Tensor(self._unique(name), data.shape, data=data))
        return self._constants[key]

    def operand(self, suffix: str, array: Array) -> Tensor:
        """Return a constant that belongs to the current call alone."""
        return self.constant(f"{self._call}.{suffix}", array)

    def add(self, op: str, inputs: Sequence[Tensor], attrs: Attributes | None = None) -> Tensor:
        """Append one node and return its output; Unsupported when the operator refuses these shapes."""
        operator = ops.get(op)
        inputs = [t if t.data is None else self.constant(t.name, t.data) for t in inputs]
        attributes = operator.Attrs() if attrs is None else attrs
        try:
            (shape,) = operator.infer(attributes, inputs)
        except ModelError as exc:
            raise Unsupported(exc.what, exc.hints[0] if exc.hints else "") from exc
        name = self._unique(f"{self._call}_{op}" if op in _LAYOUT_OPS else self._call)
        output = self._tensor(Tensor(name, shape))
        self.nodes.append(Node(name, op, tuple(t.name for t in inputs), (name,), attributes, self._origin))
        return output

    def transpose(self, x: Tensor, permutation: Sequence[int]) -> Tensor:
        """Return ``x`` with permuted axes; a constant is permuted at once."""
        axes = tuple(permutation)
        if axes == tuple(range(len(axes))):
            return x
        if x.data is not None:
            return Tensor(x.name, tuple(x.shape[a] for a in axes), data=x.data.transpose(axes))
        return self.add("transpose", [x], TransposeAttributes(axes))

    def reshape(self, x: Tensor, shape: Sequence[int]) -> Tensor:
        """Return ``x`` under another shape; a constant is reshaped at once."""
        if tuple(shape) == x.shape:
            return x
        if x.data is not None:
            return Tensor(x.name, tuple(shape), data=x.data.reshape(shape))
        return self.add("reshape", [x], ReshapeAttributes(tuple(shape)))

    def to_nhwc(self, x: Tensor) -> Tensor:
        """Return [1, C, H, W] or [1, C, L] as NHWC; a sequence has H = 1."""
        if len(x.shape) == 3:
            y = self.transpose(x, (0, 2, 1))
            return self.reshape(y, (1, 1, *y.shape[1:]))
        if len(x.shape) != 4:
            raise Unsupported(f"its input has rank {len(x.shape)}", "inputs [1, C, L] or [1, C, H, W]")
        return self.transpose(x, (0, 2, 3, 1))

    def from_nhwc(self, y: Tensor, rank: int) -> Tensor:
        """Return the NHWC result of an operator as [1, C, H, W], or as [1, C, L] for ``rank`` 3."""
        if rank == 3:
            return self.transpose(self.reshape(y, (1, *y.shape[2:])), (0, 2, 1))
        return self.transpose(y, (0, 3, 1, 2))

    def graph(self, name: str, inputs: Sequence[str], outputs: Sequence[str]) -> Graph:
        """Return the finished graph, without constants that nothing reads."""
        used = {n for node in self.nodes for n in (*node.inputs, *node.outputs)} | set(inputs) | set(outputs)
        tensors = {n: t for n, t in self.tensors.items() if n in used}
        return Graph(name, tensors, tuple(self.nodes), tuple(inputs), tuple(outputs))

    def _tensor(self, tensor: Tensor) -> Tensor:
        self.tensors[tensor.name] = tensor
        return tensor

    def _unique(self, name: str) -> str:
        unique, count = name, 0
        while unique in self._names:
            count += 1
            unique = f"{name}_{count}"
        self._names.add(unique)
        return unique
