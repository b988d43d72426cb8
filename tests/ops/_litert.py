"""Runs one operator in TensorFlow Lite's reference kernels, to compare the integer references with them.

Needs ai-edge-litert (extra ``litert``); the tests that use it are skipped without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from toolchain.ir import Array, Tensor

#: Operators whose first version does not take int8.
VERSION_2 = {"ABS", "ADD", "EXP", "GELU", "LEAKY_RELU", "LOGISTIC", "LOG_SOFTMAX", "MUL", "SOFTMAX", "SUB", "TANH"}


def run(
    op: str, inputs: Sequence[Tensor], output: Tensor, codes: Sequence[Array], options: Mapping[str, Any] | None = None
) -> Array:
    """Return what the reference kernel of builtin operator ``op`` (e.g. "ADD") writes for ``codes``.

    ``options`` are the fields of its options table, under its name: ``{"Softmax": {"beta": 1.0}}``.
    """
    schema = pytest.importorskip("ai_edge_litert.schema_py_generated")
    interpreter = pytest.importorskip("ai_edge_litert.interpreter")
    model = interpreter.Interpreter(
        model_content=_model(schema, op, inputs, output, dict(options or {})),
        experimental_op_resolver_type=interpreter.OpResolverType.BUILTIN_REF,
        num_threads=1,
    )
    model.allocate_tensors()
    for detail, array in zip(model.get_input_details(), codes, strict=True):
        model.set_tensor(detail["index"], array)
    model.invoke()
    result: Array = model.get_tensor(model.get_output_details()[0]["index"])
    return result


def _model(schema: Any, op: str, inputs: Sequence[Tensor], output: Tensor, options: dict[str, Any]) -> bytes:
    import flatbuffers

    tensors = [*inputs, output]
    model, graph, call, code = schema.ModelT(), schema.SubGraphT(), schema.OperatorT(), schema.OperatorCodeT()
    model.version, model.subgraphs, model.operatorCodes = 3, [graph], [code]
    code.builtinCode = getattr(schema.BuiltinOperator, op)
    code.deprecatedBuiltinCode = min(code.builtinCode, 127)
    code.version = 2 if op in VERSION_2 else 1
    model.buffers = [schema.BufferT()]
    wide = inputs[0].dtype == "s16"
    graph.tensors = [_tensor(schema, model.buffers, t, wide) for t in tensors]
    graph.inputs = np.array([i for i, t in enumerate(inputs) if t.data is None], dtype=np.int32)
    graph.outputs = np.array([len(inputs)], dtype=np.int32)
    graph.operators = [call]
    call.opcodeIndex = 0
    call.inputs, call.outputs = np.arange(len(inputs), dtype=np.int32), graph.outputs
    for name, fields in options.items():
        call.builtinOptionsType = getattr(schema.BuiltinOptions, f"{name}Options")
        call.builtinOptions = getattr(schema, f"{name}OptionsT")()
        for key, value in fields.items():
            setattr(call.builtinOptions, key, value)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _tensor(schema: Any, buffers: list[Any], tensor: Tensor, wide: bool) -> Any:
    """Return a tensor; ``wide``: biases have 64 bits, as beside int16 activations."""
    record, buffer = schema.TensorT(), schema.BufferT()
    record.name, record.buffer = tensor.name.encode(), len(buffers)
    record.shape = np.array(tensor.shape, dtype=np.int32)
    types = {
        "s8": schema.TensorType.INT8,
        "s16": schema.TensorType.INT16,
        "s32": schema.TensorType.INT32,
        "s64": schema.TensorType.INT64,
    }
    record.type = types["s64" if wide and tensor.dtype == "s32" else tensor.dtype]
    if tensor.data is not None:
        data = tensor.data.astype(np.int64) if wide and tensor.dtype == "s32" else tensor.data
        buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), dtype=np.uint8)
    buffers.append(buffer)
    if tensor.quantization is not None:
        record.quantization = schema.QuantizationParametersT()
        record.quantization.scale = np.array(tensor.quantization.scale, dtype=np.float32)
        record.quantization.zeroPoint = np.array(tensor.quantization.zero_point, dtype=np.int64)
        record.quantization.quantizedDimension = tensor.quantization.axis or 0
    return record
