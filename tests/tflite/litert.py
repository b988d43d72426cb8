"""TensorFlow Lite's reference kernels on a .tflite file, compared with the integer references node by node."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
import pytest

from toolchain.ir import Array, Graph
from toolchain.numerics import Rounding
from toolchain.ops.execute import run_integer


def activations(graph: Graph, content: bytes, codes: Sequence[Array],
                resolver: str = "BUILTIN_REF") -> dict[str, Array]:
    """Return the graph's activations as the reference kernels compute them, [N, ...] by name, for int8 inputs [N, ...].

    ``content`` is the .tflite file of the graph.
    """
    runtime = pytest.importorskip("ai_edge_litert.interpreter")
    model = runtime.Interpreter(
        model_content=content, experimental_op_resolver_type=runtime.OpResolverType[resolver],
        experimental_preserve_all_tensors=True, num_threads=1)
    model.allocate_tensors()
    indices = {}
    for detail in model.get_tensor_details():  # a constant may have the name of its layer's output, but not its size
        tensor = graph.tensors.get(re.sub(r"[^\w./:-]+", "_", detail["name"].split(";")[0])[:100])
        if tensor is not None and tensor.data is None and tensor.count == math.prod(detail["shape"]):
            indices[tensor.name] = detail["index"]
    rows: dict[str, list[Array]] = {name: [] for name in indices}
    for sample in range(len(codes[0])):
        for detail, x in zip(model.get_input_details(), codes, strict=True):
            model.set_tensor(detail["index"], x[sample : sample + 1])
        model.invoke()
        for name, index in indices.items():
            rows[name].append(model.get_tensor(index))
    return {name: np.stack(values) for name, values in rows.items()}


def differing(graph: Graph, seen: dict[str, Array]) -> dict[str, int]:
    """Return, by node, how many elements of the reference differ from ``seen`` when it is given the inputs seen there.

    Fully connected layers of the reference kernels round once, all others twice.
    """
    counts = {}
    for node in graph.nodes:
        inputs = tuple(n for n in dict.fromkeys(node.inputs) if graph.tensors[n].data is None)
        single = graph.replace(nodes=(node,), inputs=inputs, outputs=node.outputs)
        values = [seen[n].reshape(-1, *graph.tensors[n].shape[1:]) for n in inputs]
        rounding = Rounding.SINGLE if node.op == "linear" else Rounding.DOUBLE
        for name, y in zip(node.outputs, run_integer(single, values, rounding), strict=True):
            counts[node.name] = int(np.count_nonzero(y != seen[name].reshape(y.shape)))
    return counts
