"""Forms of operators that other converters write and this one does not: equal to the reference kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from tests.tflite.litert import activations, differing
from toolchain.emit.flatbuffer import Scalar, serialize
from toolchain.frontend.tflite import parse_tflite
from toolchain.ir import Array
from toolchain.ops.execute import run_integer

Table = dict[int, Any]


class File:
    """Collects tensors, buffers and one operator; the first tensor is the input."""

    def __init__(self, *input_shape: int) -> None:
        self.tensors: list[Table] = []
        self.buffers: list[Table] = [{}]
        self.activation("x", *input_shape)

    def activation(self, name: str, *shape: int, scale: float = 0.05, zero_point: int = -3) -> int:
        self.tensors.append({0: np.array(shape, np.int32), 1: Scalar("i1", 9), 2: Scalar("u4", 0), 3: name, 4: {
            2: np.array([scale], np.float32), 3: np.array([zero_point], np.int64)}})
        return len(self.tensors) - 1

    def constant(self, name: str, data: Array, scale: float | None = None) -> int:
        self.buffers.append({0: np.frombuffer(data.tobytes(), np.uint8)})
        entry: Table = {0: np.array(data.shape, np.int32), 1: Scalar("i1", {1: 9, 4: 2}[data.itemsize]),
                        2: Scalar("u4", len(self.buffers) - 1), 3: name}
        if scale is not None:
            entry[4] = {2: np.array([scale], np.float32), 3: np.array([0], np.int64)}
        self.tensors.append(entry)
        return len(self.tensors) - 1

    def content(self, code: int, inputs: Sequence[int], outputs: Sequence[int], options_type: int = 0,
                version: int = 2, **options: Scalar) -> bytes:
        """Return the file; options are named ``slotN``."""
        operator: Table = {0: Scalar("u4", 0), 1: np.array(inputs, np.int32), 2: np.array(outputs, np.int32)}
        if options_type:
            operator |= {3: Scalar("u1", options_type), 4: {int(k[4:]): v for k, v in options.items()}}
        subgraph = {0: self.tensors, 1: np.array([0], np.int32), 2: np.array(outputs, np.int32), 3: [operator]}
        entry = {0: Scalar("i1", code), 2: Scalar("i4", version), 3: Scalar("i4", code)}
        return serialize({0: Scalar("u4", 3), 1: [entry], 2: [subgraph], 4: self.buffers}, b"TFL3")


def integers(*values: int) -> Array:
    return np.array(values, np.int32)


def split() -> bytes:
    f = File(1, 4, 6)
    axis = f.constant("axis", np.array(-1, np.int32))
    return f.content(49, [axis, 0], [f.activation(f"y{i}", 1, 4, 2) for i in range(3)], 35, slot0=Scalar("i4", 3))


def squeeze() -> bytes:
    f = File(1, 1, 1, 6)
    return f.content(43, [0], [f.activation("y", 1, 6)], 30, version=1)


def expand() -> bytes:
    f = File(1, 6)
    return f.content(70, [0, f.constant("axis", integers(1))], [f.activation("y", 1, 1, 6)], 52, version=1)


def strided_slice_with_masks() -> bytes:
    f = File(1, 5, 6)
    parts = [f.constant(n, integers(*v)) for n, v in (("b", (0, 3, -1)), ("e", (1, 9, 0)), ("s", (1, 1, -2)))]
    return f.content(45, [0, *parts], [f.activation("y", 1, 3)], 32, slot1=Scalar("i4", 4), slot4=Scalar("i4", 2))


def sizes_to_the_end() -> bytes:
    f = File(1, 5, 6)
    parts = [f.constant("b", integers(0, 2, 1)), f.constant("n", integers(1, -1, 4))]
    return f.content(65, [0, *parts], [f.activation("y", 1, 3, 4)], 48)


def dense_without_bias_that_flattens() -> bytes:
    f = File(1, 2, 2, 3)
    w = f.constant("w", np.arange(-30, 30, dtype=np.int8).reshape(5, 12), 0.01)
    return f.content(9, [0, w, -1], [f.activation("y", 1, 5, scale=0.08, zero_point=5)], 8, 4, slot0=Scalar("i1", 1))


def conv_without_bias() -> bytes:
    f = File(1, 5, 5, 2)
    w = f.constant("w", np.arange(-27, 27, dtype=np.int8).reshape(3, 3, 3, 2), 0.01)
    bias = f.constant("b", integers(0, 0, 0), 0.0005)
    return f.content(3, [0, w, bias], [f.activation("y", 1, 3, 3, 3)], 1, 3, slot1=Scalar("i4", 2),
                     slot2=Scalar("i4", 2), slot3=Scalar("i1", 3))


def concat_negative_axis() -> bytes:
    f = File(1, 3, 2)
    return f.content(2, [0, 0], [f.activation("y", 1, 3, 4)], 10, slot0=Scalar("i4", -1))


def mean_negative_axes() -> bytes:
    f = File(1, 4, 4, 3)
    return f.content(40, [0, f.constant("axes", integers(-2, 1))], [f.activation("y", 1, 3, scale=0.03)], 27)


FORMS = (split, squeeze, expand, strided_slice_with_masks, sizes_to_the_end, dense_without_bias_that_flattens,
         conv_without_bias, concat_negative_axis, mean_negative_axes)


@pytest.mark.parametrize("form", FORMS)
def test_equal_to_the_reference_kernels(form: Any) -> None:
    content = form()
    graph = parse_tflite(content, "form")
    shape = graph.tensors["x"].shape
    codes = np.random.default_rng(0).integers(-128, 128, (16, *shape[1:])).astype(np.int8)
    seen = activations(graph, content, [codes])
    values: dict[str, Array] = {}
    run_integer(graph, [codes], observe=values.__setitem__)
    seen = {**values, **seen}  # what the reader adds in between has no tensor in the file
    assert differing(graph, seen) == {n.name: 0 for n in graph.nodes}
