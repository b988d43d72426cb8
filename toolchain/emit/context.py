"""Program -> plain values that the templates of a model print: layers, endpoints, memory map, constant arrays."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from toolchain.emit.identifiers import layer_identifier, model_identifier
from toolchain.emit.render import c_float, c_int
from toolchain.ir import DTYPES, Array, FastMemory, Program, Shape, Step, Value
from toolchain.maven import Coordinates

#: Width that rows of numbers and of parameters are wrapped to.
COLUMNS = 116
#: Alignment of constant arrays: kernels load weights by words.
WEIGHTS_ALIGN = 4
_C_TYPES = {"int8": "int8_t", "uint8": "uint8_t", "int16": "int16_t", "uint16": "uint16_t", "int32": "int32_t",
            "uint32": "uint32_t", "float32": "float"}


@dataclass(frozen=True)
class Info:
    """What the banner of the generated files says; ``name`` is the project's, ``model_hash`` becomes NAME_hash.

    ``maven`` names the group and version of Android's package.
    """

    name: str
    tool_version: str
    model_hash: str
    command: str = ""
    maven: Coordinates = Coordinates()


@dataclass(frozen=True)
class Endpoint:
    """An activation as one call, or the user, sees it: bytes [offset, end) of the arena."""

    role: str
    name: str
    offset: int
    end: int
    shape: str
    scale: float | None
    zero_point: int | None
    layout: str = ""
    c_type: str = "int8_t"

    @property
    def c_value(self) -> str:
        """Type of a value, as a comment has it."""
        return "float" if self.c_type == "float" else self.c_type.removesuffix("_t")

    @property
    def bytes(self) -> int:
        """Size in bytes."""
        return self.end - self.offset


@dataclass(frozen=True)
class Field:
    """One field of a parameter struct; ``kind`` is number, values (an array inside the struct), symbol or null."""

    name: str
    kind: str
    value: str

    @property
    def width(self) -> int:
        """Columns that the field takes when printed, separator included."""
        return len(self.name) + len(self.value) + 7


@dataclass(frozen=True)
class Constant:
    """One array of constants; ``users`` are the (layer, field) pairs that share it."""

    symbol: str
    c_type: str
    count: int
    shape: str
    bytes: int
    users: tuple[tuple[str, str], ...]
    kernel: str
    rows: tuple[str, ...]
    fast: bool = False


@dataclass(frozen=True)
class Strips:
    """A streamed layer: parameters of its kinds of strips, offset of its line buffer; the last one has the group."""

    parameters: tuple[tuple[tuple[Field, ...], ...], ...]
    lines: int
    group: Group | None


@dataclass(frozen=True)
class Group:
    """Layers computed together, strip by strip: one function that calls those of its layers."""

    function: str
    first: int
    members: tuple[str, ...]
    strips: int


@dataclass(frozen=True)
class Part:
    """Some rows of a layer that several threads compute: its parameters, and where in the arena its operands begin."""

    parameters: tuple[tuple[Field, ...], ...]
    offsets: tuple[int, ...]


@dataclass(frozen=True)
class Layer:
    """One step as C: a function with one call."""

    function: str
    step: Step
    path: str
    source: str
    inputs: tuple[Endpoint, ...]
    outputs: tuple[Endpoint, ...]
    scratch: Endpoint | None
    parameters: tuple[tuple[Field, ...], ...]
    strips: Strips | None = None
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class MapRow:
    """One line of the memory map."""

    offset: int
    bytes: int
    first: str
    last: str
    name: str


@dataclass(frozen=True)
class Model:
    """Everything that the model's templates print."""

    name: str
    info: Info
    program: Program
    inputs: tuple[Endpoint, ...]
    outputs: tuple[Endpoint, ...]
    layers: tuple[Layer, ...]
    constants: tuple[Constant, ...]
    memory_map: tuple[MapRow, ...]
    headers: tuple[str, ...]
    gap_bytes: int
    peak: str
    align: int = WEIGHTS_ALIGN

    @property
    def is_float(self) -> bool:
        """Tell whether the model computes in float32."""
        return self.c_type == "float"

    @property
    def c_type(self) -> str:
        """Type of inputs and outputs."""
        return self.inputs[0].c_type


def build(program: Program, info: Info, headers: Sequence[str]) -> Model:
    """Return the values for the templates; ``headers`` are those of the kernels that the layers call."""
    name = model_identifier(info.name)
    functions = [layer_identifier(s.index, len(program.steps), s.origin.module or s.name) for s in program.steps]
    constants = _Constants(name, functions, program.fast)
    layers = tuple(_layer(program, step, functions, constants) for step in program.steps)
    graph = program.graph
    return Model(name=name, info=info, program=program, layers=layers, constants=constants.all(),
                 inputs=tuple(_endpoint(program, n, str(i)) for i, n in enumerate(graph.inputs)),
                 outputs=tuple(_endpoint(program, n, str(i)) for i, n in enumerate(graph.outputs)),
                 memory_map=_memory_map(program, functions), headers=tuple(headers),
                 gap_bytes=program.arena_bytes - program.lower_bound_bytes,
                 peak=_moment(program.peak_step, functions))


def _layer(program: Program, step: Step, functions: Sequence[str], constants: _Constants) -> Layer:
    fields = [] if step.parts else [_field(step, name, value, constants) for name, value in step.params.items()]
    return Layer(function=functions[step.index], step=step, path=step.origin.module or step.name,
                 source=_without_folder(step.origin.source),
                 inputs=tuple(_operand(program, step, n, "in") for n in step.inputs),
                 outputs=tuple(_operand(program, step, n, "out") for n in step.outputs),
                 scratch=_endpoint(program, step.scratch, "scratch") if step.scratch else None,
                 parameters=_wrap(fields), strips=_strips(program, step, functions, constants),
                 parts=_parts(program, step, constants))


def _strips(program: Program, step: Step, functions: Sequence[str], constants: _Constants) -> Strips | None:
    if step.stream is None:
        return None
    kinds = tuple(_wrap([_field(step, name, value, constants) for name, value in params.items()])
                  for params in step.stream.params)
    members = [s.index for s in program.steps if s.stream is not None and s.stream.group == step.stream.group]
    lines = program.buffers[step.stream.lines].offset if step.stream.lines else 0
    first, last = (functions[members[i]].split("_")[0] for i in (0, -1))
    group = Group(function=f"{first}_to_{last}", first=members[0], members=tuple(functions[i] for i in members),
                  strips=step.stream.strips) if step.index == members[-1] else None
    return Strips(parameters=kinds, lines=lines, group=group)


def _parts(program: Program, step: Step, constants: _Constants) -> tuple[Part, ...]:
    if not step.parts:
        return ()
    operands = (*step.inputs, *step.outputs, *([step.scratch] if step.scratch else []))
    starts = [program.buffers[name].offset for name in operands]
    return tuple(Part(parameters=_wrap([_field(step, name, value, constants) for name, value in part.params.items()]),
                      offsets=tuple(map(sum, zip(starts, (*part.inputs, part.output, part.scratch), strict=False))))
                 for part in step.parts)


def _endpoint(program: Program, name: str, role: str) -> Endpoint:
    buffer = program.buffers.get(name) or program.buffers[f"{name}.lines"]
    tensor = program.graph.tensors.get(name)
    quantization = tensor.quantization if tensor is not None else None
    return Endpoint(role=role, name=name, offset=buffer.offset, end=buffer.offset + buffer.size_bytes,
                    shape=_times(tensor.shape) if tensor is not None else f"{buffer.size_bytes} bytes",
                    scale=quantization.scale[0] if quantization else None,
                    zero_point=quantization.zero_point[0] if quantization else None,
                    layout={4: "height x width x channels ", 3: "length x channels "}.get(len(tensor.shape), "")
                    if tensor is not None else "",
                    c_type=_C_TYPES[np.dtype(DTYPES[tensor.dtype]).name] if tensor is not None else "int8_t")


def _operand(program: Program, step: Step, name: str, role: str) -> Endpoint:
    """Return an activation as a kernel takes it: one that moves bytes takes those of a float as int8."""
    endpoint = _endpoint(program, name, role)
    moved = endpoint.c_type == "float" and step.kernel.startswith(f"tc_{step.op}_s8_")
    return replace(endpoint, c_type="int8_t") if moved else endpoint


def _field(step: Step, name: str, value: Value, constants: _Constants) -> Field:
    if isinstance(value, np.ndarray):
        return Field(name, "symbol", constants.add(step, name, value)) if value.size else Field(name, "null", "NULL")
    if isinstance(value, tuple):
        return Field(name, "values", ", ".join(c_int(int(v)) for v in value))
    return Field(name, "number", c_float(value) if isinstance(value, float) else c_int(int(value)))


def _wrap(fields: Iterable[Field]) -> tuple[tuple[Field, ...], ...]:
    """Return the fields in rows that fit ``COLUMNS``."""
    rows: list[list[Field]] = []
    width = COLUMNS
    for field in fields:
        if width + field.width > COLUMNS - 8:
            rows.append([])
            width = 0
        rows[-1].append(field)
        width += field.width
    return tuple(map(tuple, rows))


def _memory_map(program: Program, functions: Sequence[str]) -> tuple[MapRow, ...]:
    buffers = sorted(program.buffers.values(), key=lambda b: (b.offset, b.first_step, b.last_step, b.name))
    return tuple(MapRow(offset=b.offset, bytes=b.size_bytes, first=_moment(b.first_step, functions),
                        last=_moment(b.last_step, functions), name=b.name) for b in buffers)


def _moment(step: int, functions: Sequence[str]) -> str:
    """Return ``input``, ``layerNN`` or ``output`` for a step's number."""
    if step < 0:
        return "input"
    return functions[step].split("_")[0] if step < len(functions) else "output"


def _times(shape: Shape) -> str:
    """Return a shape without its batch of 1: ``25x5x64``."""
    return "x".join(map(str, shape[1:])) or "1"


def _without_folder(source: str) -> str:
    """Return ``file.py:line  text`` without the file's folder: generated files must not depend on the machine."""
    return re.sub(r"^\S*[/\\](?=[^/\\\s]+:\d+)", "", source)


class _Constants:
    """Constant arrays of a model in order of first use; equal contents are stored once.

    A layer in strips may have several arrays for one field, where the kernels of its strips take them differently.
    """

    def __init__(self, model: str, functions: Sequence[str], fast: FastMemory | None) -> None:
        self._model, self._functions = model, functions
        self._fast = frozenset(() if fast is None else fast.constants)
        self._arrays: dict[tuple[str, bytes], tuple[str, Step, Array]] = {}
        self._users: dict[str, list[tuple[str, str]]] = {}
        self._fast_symbols: set[str] = set()
        self._counts: Counter[str] = Counter()

    def add(self, step: Step, field: str, array: Array) -> str:
        """Return the symbol of the array that holds this content."""
        layer = self._functions[step.index].split("_")[0]
        key = (array.dtype.name, np.ascontiguousarray(array).tobytes())
        if key not in self._arrays:
            symbol = f"{self._model}_{layer}_{field}"
            self._counts[symbol] += 1
            number = f"_{self._counts[symbol]}" if self._counts[symbol] > 1 else ""
            self._arrays[key] = symbol + number, step, array
        symbol = self._arrays[key][0]
        self._users.setdefault(symbol, []).append((self._functions[step.index], field))
        if (step.index, field) in self._fast:
            self._fast_symbols.add(symbol)
        return symbol

    def all(self) -> tuple[Constant, ...]:
        """Return every array, as the templates print it."""
        return tuple(Constant(symbol=symbol, c_type=_C_TYPES[array.dtype.name], count=array.size,
                              shape="".join(f"[{d}]" for d in array.shape), bytes=array.nbytes,
                              users=tuple(self._users[symbol]), kernel=step.kernel, rows=_rows(array),
                              fast=symbol in self._fast_symbols)
                     for symbol, step, array in self._arrays.values())


def _rows(array: Array) -> tuple[str, ...]:
    """Return the numbers of an array, comma separated, in rows of 16 or as many as fit."""
    literal = c_float if array.dtype.kind == "f" else c_int
    numbers = [literal(v) for v in array.reshape(-1).tolist()]
    width = max(map(len, numbers)) + 2
    per_row = min(16, (COLUMNS - 4) // width) if width > 5 else 16
    return tuple(", ".join(numbers[i : i + per_row]) for i in range(0, len(numbers), per_row))
