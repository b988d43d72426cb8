"""program.json: a planned program on disk; verify, profile and inspect read it from a build directory, without torch.

Holds the quantised graph with its constants (base64), the steps without their packed parameters (those are in the
generated C) and the memory map. Raises: UsageError for a file that is missing or was not written by this version.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from toolchain import ops
from toolchain.errors import UsageError
from toolchain.ir import (
    Array,
    Attributes,
    Buffer,
    FastMemory,
    Graph,
    Node,
    Origin,
    Program,
    Quantization,
    Rejected,
    Step,
    StepPart,
    Stream,
    StripRun,
    Tensor,
    storage_from_record,
    storage_to_record,
)

FORMAT = 1


def save(program: Program, path: Path) -> None:
    """Write program.json."""
    path.write_text(to_text(program), encoding="utf-8")


def digest(program: Program) -> str:
    """Return 16 hex digits that stand for the quantised model and its plan: NAME_hash in C, HELLO on the wire.

    Why a kernel was chosen is not part of it.
    """
    steps = tuple(dataclasses.replace(step, reason="") for step in program.steps)
    program = dataclasses.replace(program, steps=steps, rejected=())
    return hashlib.sha256(to_text(program).encode()).hexdigest()[:16]


def to_text(program: Program) -> str:
    """Return the text of program.json; the same program gives the same text."""
    graph = program.graph
    data = {
        "format": FORMAT,
        "graph": _graph(graph),
        "steps": [_step(step) for step in program.steps],
        "buffers": [dataclasses.asdict(buffer) for buffer in program.buffers.values()],
        "rejected": [dataclasses.asdict(r) for r in program.rejected],
        "arena_bytes": program.arena_bytes,
        "arena_align": program.arena_align,
        "lower_bound_bytes": program.lower_bound_bytes,
        "peak_step": program.peak_step,
        "rounding": program.rounding,
        **({} if program.fast is None else {"fast": dataclasses.asdict(program.fast)}),
        **({} if program.threads == 1 else {"threads": program.threads}),
    }
    return json.dumps(data, indent=1, default=_plain) + "\n"


def graph_to_text(graph: Graph) -> str:
    """Return a graph, float or quantised, as JSON; the same graph gives the same text."""
    return json.dumps(_graph(graph), default=_plain) + "\n"


def graph_from_record(record: Mapping[str, Any]) -> Graph:
    """Return the graph of a parsed ``graph_to_text``."""
    return Graph(
        name=record["name"],
        tensors={t["name"]: _read_tensor(t) for t in record["tensors"]},
        nodes=tuple(_node(n) for n in record["nodes"]),
        inputs=tuple(record["inputs"]),
        outputs=tuple(record["outputs"]),
        layouts={k: tuple(v) for k, v in record["layouts"].items()},
    )


def load(path: Path) -> Program:
    """Return the program of a build directory's program.json; its steps have no ``params``."""
    if not path.is_file():
        raise UsageError(f"no build at {path.parent}", [("looked for", str(path))], "toolchain build --target T -o DIR")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise ValueError(f"format {data['format']}, not {FORMAT}")
        return _program(data)
    except (ValueError, KeyError, TypeError) as exc:
        raise UsageError(f"cannot read {path}: {exc}", [], "build again with this version of the tool") from exc


def _step(step: Step) -> dict[str, Any]:
    """Return the record of a step without its parameters; of one that is not divided it has no parts."""
    stream = None if step.stream is None else dataclasses.replace(step.stream, params=())
    parts = tuple(dataclasses.replace(part, params={}) for part in step.parts)
    record = dataclasses.asdict(dataclasses.replace(step, params={}, stream=stream, parts=parts))
    return record if parts else {key: value for key, value in record.items() if key != "parts"}


def _read_step(record: Mapping[str, Any]) -> Step:
    stream = record["stream"]
    if stream is not None:
        stream = Stream(**{**stream, "params": (), "runs": tuple(StripRun(**_tuples(r)) for r in stream["runs"])})
    parts = tuple(StepPart(**_tuples(part)) for part in record.get("parts", ()))
    fields = {"origin": Origin(**record["origin"]), "params": {}, "stream": stream, "parts": parts}
    return Step(**{**_tuples(record), **fields})


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return {
            "dtype": str(value.dtype),
            "shape": list(value.shape),
            "base64": base64.b64encode(value.tobytes()).decode(),
        }
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _graph(graph: Graph) -> dict[str, Any]:
    return {
        "name": graph.name,
        "inputs": graph.inputs,
        "outputs": graph.outputs,
        "layouts": graph.layouts,
        "nodes": [dataclasses.asdict(node) for node in graph.nodes],
        "tensors": [_tensor(graph.tensors[name]) for name in sorted(graph.tensors)],
    }


def _tensor(tensor: Tensor) -> dict[str, Any]:
    quantization = None if tensor.quantization is None else dataclasses.asdict(tensor.quantization)
    return {
        "name": tensor.name,
        "shape": tensor.shape,
        "dtype": tensor.dtype,
        "data": tensor.data,
        "quantization": quantization,
        **({} if tensor.storage is None else {"storage": storage_to_record(tensor.storage)}),
    }


def _program(data: Mapping[str, Any]) -> Program:
    graph = graph_from_record(data["graph"])
    return Program(
        graph=graph,
        steps=tuple(map(_read_step, data["steps"])),
        buffers={b["name"]: Buffer(**b) for b in data["buffers"]},
        rejected=tuple(Rejected(**r) for r in data["rejected"]),
        fast=FastMemory(**_tuples(data["fast"])) if "fast" in data else None,
        threads=data.get("threads", 1),
        **{k: data[k] for k in ("arena_bytes", "arena_align", "lower_bound_bytes", "peak_step", "rounding")},
    )


def _read_tensor(t: Mapping[str, Any]) -> Tensor:
    q = t["quantization"]
    quantization = None if q is None else Quantization(tuple(q["scale"]), tuple(q["zero_point"]), q["axis"])
    return Tensor(
        t["name"],
        tuple(t["shape"]),
        t["dtype"],
        None if t["data"] is None else _array(t["data"]),
        quantization,
        storage_from_record(t.get("storage")),
    )


def _array(value: Mapping[str, Any]) -> Array:
    flat = np.frombuffer(base64.b64decode(value["base64"]), dtype=np.dtype(value["dtype"]))
    array: Array = flat.reshape(value["shape"]).copy()
    return array


def _node(n: Mapping[str, Any]) -> Node:
    kind = ops.get(n["op"]).Attrs
    return Node(
        n["name"],
        n["op"],
        tuple(n["inputs"]),
        tuple(n["outputs"]),
        _attributes(kind, n["attrs"]),
        Origin(**n["origin"]),
    )


def _attributes(kind: type[Attributes], values: Mapping[str, Any]) -> Attributes:
    """Return the record; its arrays (if a field is one) come back as arrays, its sequences as tuples."""
    known = typing.get_type_hints(kind)
    return kind(
        **{
            k: _array(v) if isinstance(v, dict) and "base64" in v else _tuple(v)
            for k, v in values.items()
            if k in known
        }
    )


def _tuples(record: Mapping[str, Any]) -> dict[str, Any]:
    return {k: _tuple(v) for k, v in record.items()}


def _tuple(value: Any) -> Any:
    return tuple(_tuple(v) for v in value) if isinstance(value, list) else value
