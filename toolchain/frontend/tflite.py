"""A .tflite file becomes a quantised graph: int8 activations, NHWC, the arithmetic of TensorFlow Lite.

The file is untrusted: every offset, length, shape, index and scale is checked before it is used. QUANTIZE from float at
an input and DEQUANTIZE to float at an output are dropped: the graph takes and gives int8.

Shapes: as in the file; the batch must be 1.
Raises: ModelError for a damaged file, a model that is not fully int8, operators or forms that are not supported (all of
        them in one message).
Source: tensorflow/lite/schema/schema.fbs (version 3); TensorFlow Lite 8-bit quantization specification.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from toolchain.errors import ModelError
from toolchain.frontend.flatbuffer import Buffer, Table
from toolchain.frontend.tflite_assemble import NOT_INT8, assemble
from toolchain.frontend.tflite_ops import BUILDERS, Call
from toolchain.ir import Array, Graph, Quantization, Shape, Tensor

MAX_FILE_BYTES = 1 << 30
MAX_ELEMENTS = 1 << 28
_QUANTIZE, _DEQUANTIZE = 114, 6
#: TensorType -> (dtype of the graph, NumPy dtype); float32 is admitted at the borders only
_TYPES = {0: ("f32", "f4"), 2: ("s32", "i4"), 7: ("s16", "i2"), 9: ("s8", "i1")}


def load_tflite(path: str | Path) -> Graph:
    """Return the quantised graph of a .tflite file."""
    path = Path(path)
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ModelError(f"{path.name} has {path.stat().st_size} bytes, at most {MAX_FILE_BYTES} can be read")
        data = path.read_bytes()
    except OSError as exc:
        raise ModelError(f"{path.name} cannot be read: {exc.strerror}", [("path", str(path))]) from exc
    try:
        return parse_tflite(data, re.sub(r"\W", "_", path.stem) or "model")
    except ModelError as exc:
        raise ModelError(exc.what, [*exc.details, ("file", str(path))], exc.hints) from exc


def parse_tflite(data: bytes, name: str) -> Graph:
    """Return the quantised graph of the bytes of a .tflite file."""
    if len(data) < 8 or data[4:8] != b"TFL3":
        raise ModelError("file is not a .tflite model", hints="a file written by the TensorFlow Lite converter")
    model = Buffer(data).root()
    subgraphs = model.tables(2)
    if not subgraphs:
        raise ModelError("file holds no subgraph")
    tensors = _tensors(model, subgraphs[0], data)
    calls = _calls(model, subgraphs[0], tensors)
    inputs, outputs = (_pick(subgraphs[0].integers(slot), tensors, "model") for slot in (1, 2))
    calls, names = _without_borders(calls, inputs, outputs)
    return assemble(name, [(call, built) for call in calls for built in BUILDERS[call.number][1](call)], *names)


def _tensors(model: Table, subgraph: Table, data: bytes) -> list[Tensor]:
    buffers, tables = model.tables(4), subgraph.tables(0)
    return [_tensor(name, table, buffers, data)
            for name, table in zip(_names(subgraph, [t.text(3) for t in tables]), tables, strict=True)]


def _names(subgraph: Table, texts: Sequence[str]) -> list[str]:
    """Return one unique name per tensor; what operators write is named first, because users know layers by it."""
    written = [i for table in subgraph.tables(3) for i in table.integers(2)]
    order = dict.fromkeys(i for i in [*subgraph.integers(1), *written, *range(len(texts))] if 0 <= i < len(texts))
    names, taken = [""] * len(texts), set[str]()
    for index in order:  # the converter joins the names of fused layers with ";"
        name = re.sub(r"[^\w./:-]+", "_", texts[index].split(";")[0])[:100] or f"tensor{index}"
        names[index] = name if name not in taken else f"{name}.{index}"
        taken.add(names[index])
    return names


def _tensor(name: str, table: Table, buffers: Sequence[Table], data: bytes) -> Tensor:
    shape = table.integers(0)
    if len(shape) > 8 or any(d < 0 for d in shape) or math.prod(shape) > MAX_ELEMENTS:
        raise ModelError(f"tensor {name} has shape {shape[:9]}", hints="fixed sizes, at most 8 axes")
    kind = table.integer(1, "b")
    dtype, numpy_dtype = _TYPES.get(kind, (f"type{kind}", ""))
    number = table.integer(2, "I")
    if number >= len(buffers):
        raise ModelError(f"tensor {name} names buffer {number} of {len(buffers)}")
    content = _content(buffers[number], data) if number else None
    constant: Array | None = None
    if content is not None and len(content):
        if dtype not in ("s8", "s32", "s16", "f32"):
            return Tensor(name, shape, dtype)
        size = math.prod(shape) * np.dtype(numpy_dtype).itemsize
        if len(content) != size:
            raise ModelError(f"constant {name} of shape {shape} has {len(content)} bytes, needs {size}")
        constant = np.frombuffer(content.tobytes(), np.dtype(numpy_dtype).newbyteorder("<")).reshape(shape)
        constant = constant.astype(numpy_dtype)
    if table.integer(5, "b"):
        raise ModelError(f"tensor {name} is a variable", hints="a model without state between inferences")
    return Tensor(name, shape, dtype, constant, _quantization(name, table.table(4), shape))


def _content(buffer: Table, data: bytes) -> Array | None:
    """Return the bytes of a buffer: in the table, or, in files past 2 GiB, behind it."""
    offset, size = buffer.integer(1, "Q"), buffer.integer(2, "Q")
    if offset <= 1:
        return buffer.array(0, "u1")
    buffer.buffer.require(offset, size)
    return np.frombuffer(data, np.uint8, size, offset)


def _quantization(name: str, table: Table | None, shape: Shape) -> Quantization | None:
    scales = None if table is None else table.array(2, "f4")
    if table is None or scales is None or not len(scales):
        return None
    zero_points, axis = table.array(3, "i8"), table.integer(6)
    zeros: Sequence[int] = [0] * len(scales) if zero_points is None else [int(z) for z in zero_points[: len(scales)]]
    if table.integer(4, "B") or len(zeros) != len(scales) or not all(math.isfinite(s) and s > 0 for s in scales):
        raise ModelError(f"tensor {name} has a quantisation that is not affine with positive scales")
    if not all(-128 <= z <= 127 for z in zeros):
        raise ModelError(f"tensor {name} has zero point {max(zeros, key=abs)}, int8 has -128..127", hints=NOT_INT8)
    values = tuple(float(s) for s in scales)
    if len(values) == 1:
        return Quantization(values, tuple(zeros))
    if not 0 <= axis < len(shape) or shape[axis] != len(values):
        raise ModelError(f"tensor {name} of shape {shape} has {len(values)} scales along axis {axis}")
    return Quantization(values, tuple(zeros), axis)


def _calls(model: Table, subgraph: Table, tensors: Sequence[Tensor]) -> list[Call]:
    """Return the operators in order; ModelError that lists all that are not supported."""
    codes = [(max(c.integer(0, "b"), c.integer(3)), c.text(1)) for c in model.tables(1)]
    calls, missing = [], []
    for index, table in enumerate(subgraph.tables(3)):
        where, opcode = f"operator {index}", table.integer(0, "I")
        if opcode >= len(codes):
            raise ModelError(f"{where} names code {opcode} of {len(codes)}")
        number, custom = codes[opcode]
        outputs = _pick(table.integers(2), tensors, where)
        if number not in BUILDERS and number != _DEQUANTIZE:
            layer = f" ({outputs[0].name})" if outputs else ""
            missing.append((where, (custom or f"builtin operator {number}") + layer))
            continue
        kind = BUILDERS[number][0] if number in BUILDERS else "DEQUANTIZE"
        inputs = tuple(None if i == -1 else _pick([i], tensors, where)[0] for i in table.integers(1))
        calls.append(Call(f"{kind.lower()}_{index}", number, kind, table.table(4), inputs, outputs))
    if missing:
        raise ModelError(f"model uses {len(missing)} operators that are not supported", missing,
                         "`toolchain ops` lists what is; replace these layers, or give the float model as a .pt2")
    return calls


def _pick(indices: Sequence[int], tensors: Sequence[Tensor], where: str) -> tuple[Tensor, ...]:
    if bad := [i for i in indices if not 0 <= i < len(tensors)]:
        raise ModelError(f"{where} names tensor {bad[0]} of {len(tensors)}")
    return tuple(tensors[i] for i in indices)


def _without_borders(calls: Sequence[Call], inputs: Sequence[Tensor],
                     outputs: Sequence[Tensor]) -> tuple[list[Call], tuple[tuple[Tensor, ...], tuple[Tensor, ...]]]:
    """Return the calls between quantised inputs and outputs, and these: conversions from and to float fall away."""
    kept: list[Call] = []
    entering: dict[str, Tensor] = {}
    leaving: dict[str, Tensor] = {}
    for call in calls:
        if call.number == _QUANTIZE and call.input(0).dtype == "f32" and call.input(0).name in {t.name for t in inputs}:
            entering.setdefault(call.input(0).name, call.output)
        elif call.number == _DEQUANTIZE and call.output.name in {t.name for t in outputs}:
            leaving[call.output.name] = call.input(0)
        elif call.number == _DEQUANTIZE:
            raise call.fail("computes in float", NOT_INT8)
        else:
            kept.append(call)
    return kept, (tuple(entering.get(t.name, t) for t in inputs), tuple(leaving.get(t.name, t) for t in outputs))
