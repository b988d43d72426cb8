"""A quantised graph, or a canonical one in float32, as a .tflite file, where TensorFlow Lite can express it.

Shapes: as in the graph. Quant: the file's tensors have the graph's scales and zero points; docs/numerics.md lists the
operators whose TensorFlow Lite arithmetic differs.
Source: tensorflow/lite/schema/schema.fbs (version 3).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from toolchain.emit.flatbuffer import Scalar, Table, serialize
from toolchain.emit.tflite_ops import BUILDERS, Inexpressible, Operator
from toolchain.ir import Array, Graph, Node, Quantization, Tensor

_TENSOR_TYPES = {"f32": 0, "s32": 2, "s64": 4, "s16": 7, "s8": 9}


def to_tflite(graph: Graph, description: str = "") -> bytes | list[str]:
    """Return the bytes of a .tflite file, or the reasons, one per layer, why the graph cannot be one.

    ``description`` is stored in the file. The package flatbuffers is needed (extra ``litert``).
    """
    if importlib.util.find_spec("flatbuffers") is None:
        return ["the package flatbuffers is not installed: pip install 'edge-toolchain[litert]'"]
    file, reasons = _File(), []
    for name in graph.inputs:
        file.tensor(graph.tensors[name])
    for node in graph.nodes:
        try:
            if node.op not in BUILDERS:
                raise Inexpressible("TensorFlow Lite has no such operator in int8")
            for operator in BUILDERS[node.op](node, graph.inputs_of(node), graph.outputs_of(node)):
                file.add(operator)
        except Inexpressible as exc:
            reasons.append(f"{_layer(node)} ({node.op}): {exc}")
    if reasons:
        return reasons
    inputs, outputs = ([file.tensor(graph.tensors[n]) for n in names] for names in (graph.inputs, graph.outputs))
    return serialize(file.model(graph.name, description, inputs, outputs), b"TFL3")


def _layer(node: Node) -> str:
    return node.origin.module or node.name


@dataclass
class _File:
    """The lists of a file while it grows; tensors by name, operator codes by (number, version)."""

    tensors: list[Table] = field(default_factory=list)
    buffers: list[Table] = field(default_factory=lambda: [{}])  # buffer 0 stands for "no content"
    codes: dict[tuple[int, int], int] = field(default_factory=dict)
    operators: list[Table] = field(default_factory=list)
    indices: dict[str, int] = field(default_factory=dict)

    def tensor(self, tensor: Tensor) -> int:
        """Return the index of a tensor, added when it is new."""
        if tensor.name not in self.indices:
            self.indices[tensor.name] = len(self.tensors)
            number = 0
            if tensor.data is not None:
                number = len(self.buffers)
                self.buffers.append({0: np.frombuffer(np.ascontiguousarray(tensor.data).tobytes(), np.uint8)})
            entry: dict[int, Any] = {0: np.array(tensor.shape, np.int32), 1: Scalar("i1", _TENSOR_TYPES[tensor.dtype]),
                                     2: Scalar("u4", number), 3: tensor.name}
            if tensor.quantization is not None:
                entry[4] = _quantization(tensor.quantization)
            self.tensors.append(entry)
        return self.indices[tensor.name]

    def add(self, operator: Operator) -> None:
        """Add an operator and its tensors."""
        code = self.codes.setdefault((operator.number, operator.version), len(self.codes))
        entry: dict[int, Any] = {0: Scalar("u4", code), 1: self._references(operator.inputs),
                                 2: self._references(operator.outputs)}
        if operator.options_type:
            entry |= {3: Scalar("u1", operator.options_type), 4: operator.options}
        self.operators.append(entry)

    def _references(self, tensors: Sequence[Tensor]) -> Array:
        return np.array([self.tensor(t) for t in tensors], np.int32)

    def model(self, name: str, description: str, inputs: Sequence[int], outputs: Sequence[int]) -> Mapping[int, Any]:
        """Return the root table; old readers know operators below 127 by a field of one byte."""
        codes = [{0: Scalar("i1", min(number, 127)), 2: Scalar("i4", version), 3: Scalar("i4", number)}
                 for number, version in self.codes]
        subgraph = {0: self.tensors, 1: np.array(inputs, np.int32), 2: np.array(outputs, np.int32), 3: self.operators,
                    4: name}
        return {0: Scalar("u4", 3), 1: codes, 2: [subgraph], 3: description, 4: self.buffers}


def _quantization(q: Quantization) -> Table:
    table: dict[int, Any] = {2: np.array(q.scale, np.float32), 3: np.array(q.zero_point, np.int64)}
    return table if q.axis is None else {**table, 6: Scalar("i4", q.axis)}
