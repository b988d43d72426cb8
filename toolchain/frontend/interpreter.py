"""Exported program -> graph: walks the aten calls, lowers each, collects what is not supported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from toolchain.errors import ModelError
from toolchain.frontend.builder import Builder, Call, Expanded, Unsupported
from toolchain.frontend.inputs import check_inputs
from toolchain.frontend.lowering import TABLE
from toolchain.frontend.origin import origin_of
from toolchain.frontend.quiet import quiet
from toolchain.frontend.rewrites import BATCH_REWRITES, GENERAL, REWRITES
from toolchain.ir import Graph, Origin, Shape, Tensor, check

_IGNORED = {"_assert_tensor_metadata", "_assert_scalar", "_assert_async", "sym_constrain_range_for_size"}
_RANDOM = {"rand", "randn", "randint", "bernoulli", "normal", "multinomial", "rand_like", "randn_like"}
#: calls that are not judged by their name alone
_JUDGED_BY_FORM = {*TABLE, *_RANDOM}


@dataclass(frozen=True)
class Problem:
    """One call that cannot be lowered."""

    op: str
    reason: str
    rewrite: str
    origin: Origin


def lower_program(program: Any, name: str) -> Graph:
    """Return the float graph of an ``ExportedProgram``, checked; ModelError lists every call that is not supported."""
    from torch.export.graph_signature import InputKind

    _check_signature(program)
    problems = _composites(program)
    with quiet():
        functional = program.run_decompositions({})
    _check_state(functional)
    _check_weights(functional)
    interpreter = _Interpreter(functional)
    for spec in functional.graph_signature.input_specs:
        interpreter.placeholder(spec.arg.name, spec.target, spec.kind == InputKind.USER_INPUT)
    interpreter.run()
    seen = {(p.origin.module, p.origin.source) for p in problems}
    problems += [p for p in interpreter.problems if (p.origin.module, p.origin.source) not in seen]
    if problems:
        raise _report(problems)
    return check(interpreter.builder.graph(name, interpreter.inputs, interpreter.outputs), "capture")


def call_name(target: Any) -> str:
    """Return an operator's name without namespace and overload; in-place forms lose their underscore."""
    if hasattr(target, "_schema"):
        name = str(target._schema.name).split("::")[-1]
    else:
        name = str(getattr(target, "__name__", target))
    return name.rstrip("_") if not name.startswith("_") else name


class _Interpreter:
    """The state of one walk: the value of every fx node, the graph so far, the problems so far."""

    def __init__(self, program: Any) -> None:
        self.program = program
        self.builder = Builder()
        self.values: dict[Any, Any] = {}
        self.names: dict[Any, str] = {}
        self.inputs: list[str] = []
        self.outputs: list[str] = []
        self.problems: list[Problem] = []
        self.nodes = {n.name: n for n in program.graph.nodes}

    def placeholder(self, name: str, target: str | None, is_input: bool) -> None:
        """Give a placeholder its value: an input of the graph, or a constant of the program."""
        node = self.nodes[name]
        if is_input:
            value = node.meta["val"]
            if hasattr(value, "shape"):
                self.values[node] = self.builder.input(name, tuple(value.shape))
                self.inputs.append(self.values[node].name)
            return
        self.values[node] = _constant(self.program, target)
        self.names[node] = str(target)

    def run(self) -> None:
        """Lower all calls and collect the outputs."""
        for node in self.program.graph.nodes:
            if node.op == "call_function":
                try:
                    self.values[node] = self._value(node)
                except Unsupported as exc:
                    name = call_name(node.target)
                    rewrite = exc.rewrite or REWRITES.get(name, GENERAL)
                    self.problems.append(Problem(name, exc.reason, rewrite, origin_of(node.meta)))
                    self.values[node] = self._stand_in(node)
            elif node.op == "output":
                self._output(node)

    def _value(self, node: Any) -> Any:
        name = call_name(node.target)
        self.builder.begin(node.name, origin_of(node.meta))
        if name in _IGNORED:
            return None
        if name == "getitem":
            return self._item(self.values[node.args[0]], node.args[1])
        if name in _RANDOM:
            raise Unsupported("random values", REWRITES.get(name, ""))
        sources = [self.values.get(n) for n in node.all_input_nodes]
        if hasattr(node.target, "_schema") and all(_is_constant(v) for v in sources):
            return self._evaluate(node)
        if name not in TABLE:
            raise Unsupported("there is no such operator on the device")
        shape = _shapes(node)[0]
        if any(_breaks_batch(v.shape) for v in sources if isinstance(v, (Tensor, Expanded))):
            return self._stand_in(node)  # the call that broke the batch is reported already
        if _breaks_batch(shape):
            raise Unsupported(f"moves or drops the batch axis: the result has shape {list(shape)}",
                              BATCH_REWRITES.get(name, "calls that keep axis 0, of size 1, in front"))
        _check_dtype(node)
        result = TABLE[name](self.builder, Call(self._arguments(node), node.target, shape))
        first = result[0] if isinstance(result, tuple) else result
        if first.shape != shape:
            raise AssertionError(f"{node.name} ({name}) was lowered to shape {first.shape}, torch says {shape}")
        return result

    def _item(self, value: Any, index: int) -> Any:
        if index >= len(value):
            raise Unsupported("uses the indices that a pool returns", "return_indices=False")
        return value[index]

    def _evaluate(self, node: Any) -> Any:
        import torch

        args, kwargs = torch.fx.node.map_arg((node.args, node.kwargs), lambda n: self.values[n])
        with torch.no_grad():
            return node.target(*args, **kwargs)

    def _arguments(self, node: Any) -> dict[str, Any]:
        bound: dict[str, Any] = {}
        for index, argument in enumerate(node.target._schema.arguments):
            if index < len(node.args):
                value = node.args[index]
            else:
                value = node.kwargs.get(argument.name, argument.default_value)
            bound[argument.name] = self._resolve(value)
        return bound

    def _resolve(self, value: Any) -> Any:
        import torch

        if isinstance(value, (list, tuple)):
            return [self._resolve(v) for v in value]
        if not isinstance(value, torch.fx.Node):
            return value
        known = self.values[value]
        if isinstance(known, torch.Tensor):
            data = known.detach().to(torch.float64).numpy()
            return Tensor(self.names.get(value, value.name), tuple(data.shape), data=data)
        return known

    def _stand_in(self, node: Any) -> Any:
        shapes = _shapes(node)
        tensors = tuple(self.builder.input(node.name, shape) for shape in shapes)
        return tensors if isinstance(node.meta.get("val"), (tuple, list)) else tensors[0]

    def _output(self, node: Any) -> None:
        import torch
        from torch.export.graph_signature import OutputKind

        kinds = [spec.kind for spec in self.program.graph_signature.output_specs]
        for value, kind in zip(node.args[0], kinds, strict=True):
            if kind != OutputKind.USER_OUTPUT:
                continue  # an input that the model overwrites: nobody reads it afterwards
            result = self.values.get(value) if isinstance(value, torch.fx.Node) else value
            if result is None:
                continue
            if isinstance(result, Tensor):
                self.outputs.append(result.name)
                continue
            origin = origin_of(value.meta) if isinstance(value, torch.fx.Node) else Origin()
            reason = ("is an expanded view" if isinstance(result, Expanded) else "does not depend on the inputs")
            self.problems.append(Problem("output", f"output {len(self.outputs)} {reason}",
                                         "leave it out of what forward() returns", origin))


def _constant(program: Any, target: str | None) -> Any:
    for source in (program.state_dict, program.constants):
        if target in source:
            return source[target]
    raise ModelError(f"the program has no data for {target}", hints="export the model again with torch.export.save")


def _is_constant(value: Any) -> bool:
    import torch

    if isinstance(value, (list, tuple)):
        return all(_is_constant(v) for v in value)
    return isinstance(value, torch.Tensor)


def _shapes(node: Any) -> list[Shape]:
    values = node.meta.get("val")
    values = values if isinstance(values, (tuple, list)) else [values]
    return [tuple(int(d) for d in v.shape) if hasattr(v, "shape") else (1, 1) for v in values] or [(1, 1)]


def _breaks_batch(shape: Sequence[int]) -> bool:
    return len(shape) < 1 or shape[0] != 1


def _check_dtype(node: Any) -> None:
    value = node.meta["val"]
    first = value[0] if isinstance(value, (tuple, list)) else value
    if not first.dtype.is_floating_point:
        raise Unsupported(f"computes {str(first.dtype).removeprefix('torch.')} values",
                          "float values inside the model; integers outside")


def _check_signature(program: Any) -> None:
    """Raise ModelError for inputs that a device cannot take."""
    from torch.export.graph_signature import InputKind

    nodes = {n.name: n for n in program.graph.nodes}
    values = [(s.arg.name, nodes[s.arg.name].meta.get("val")) for s in program.graph_signature.input_specs
              if s.kind == InputKind.USER_INPUT]
    tensors = [(name, value.shape, value.dtype) for name, value in values if hasattr(value, "shape")]
    if not tensors:
        raise ModelError("the model has no tensor input", hints="forward(self, x) with a float32 tensor, batch 1")
    check_inputs([(f"input {name}", shape, dtype) for name, shape, dtype in tensors])


def _check_state(program: Any) -> None:
    """Raise ModelError for a model that changes its own buffers: it would compute something else the next time."""
    from torch.export.graph_signature import OutputKind

    changed = [s.target for s in program.graph_signature.output_specs if s.kind == OutputKind.BUFFER_MUTATION]
    if changed:
        raise ModelError(f"the model changes {', '.join(map(str, changed))} while it runs",
                         hints=["model.eval() before torch.export.export, if these belong to batch norm",
                                "state as an input and an output of forward()"])


def _composites(program: Any) -> list[Problem]:
    """Return the calls that are known not to be supported, under the names that the user wrote."""
    names = [(call_name(n.target), n) for n in program.graph.nodes if n.op == "call_function"]
    return [Problem(name, "there is no such operator on the device", REWRITES[name], origin_of(node.meta))
            for name, node in names if name in REWRITES and name not in _JUDGED_BY_FORM]


def _check_weights(program: Any) -> None:
    """Raise ModelError that names every parameter and buffer in use with NaN or infinite elements."""
    sources: Mapping[str, Any] = {**program.state_dict, **program.constants}
    used = {n.name for n in program.graph.nodes if n.op == "placeholder" and n.users}
    details = []
    for spec in program.graph_signature.input_specs:
        tensor = sources.get(spec.target) if spec.arg.name in used else None
        if tensor is None or not hasattr(tensor, "detach") or not tensor.is_floating_point():
            continue
        data = tensor.detach().double().numpy()
        nan, infinite = int(np.isnan(data).sum()), int(np.isinf(data).sum())
        if nan or infinite:
            details.append((spec.target, f"{nan} NaN, {infinite} infinite of {data.size} elements"))
    if details:
        tensors = "1 tensor of the model holds" if len(details) == 1 else f"{len(details)} tensors of the model hold"
        raise ModelError(f"{tensors} NaN or infinity", details,
                         "load a checkpoint with finite weights; torch.isfinite(p).all() for p in model.parameters()")


def _report(problems: Sequence[Problem]) -> ModelError:
    details, rewrites = [], []
    for problem in problems:
        place = f"{problem.origin.module or 'the model'}: {problem.reason}"
        details.append((problem.op, f"{place}\n{problem.origin.source}" if problem.origin.source else place))
        if (rewrite := f"for {problem.op}: {problem.rewrite}") not in rewrites:
            rewrites.append(rewrite)
    calls = "1 call" if len(problems) == 1 else f"{len(problems)} calls"
    return ModelError(f"the model uses {calls} that the device cannot run", details, rewrites)
