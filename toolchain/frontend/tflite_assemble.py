"""Put the nodes that a .tflite file asks for together, and refuse what its operators would not compute.

Raises: ModelError when a tensor is not int8, shapes do not follow from the operators, quantisations break an operator's
        rule, or the arithmetic leaves 32 bits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from toolchain import ops
from toolchain.errors import ModelError
from toolchain.frontend.tflite_ops import Built, Call
from toolchain.ir import Graph, GraphError, Node, Origin, Tensor, check
from toolchain.ops import OutputQuantization

NOT_INT8 = "convert with full integer quantisation (int8), or give the float model as a .pt2"


def assemble(name: str, made: Sequence[tuple[Call, Built]], inputs: Sequence[Tensor],
             outputs: Sequence[Tensor]) -> Graph:
    """Return the checked quantised graph of these nodes."""
    tensors: dict[str, Tensor] = {}
    nodes: list[Node] = []
    uses: Counter[str] = Counter()
    for tensor in inputs:
        _check_activation(tensor)
        tensors[tensor.name] = tensor
    for call, built in made:
        label = f"{call.name}.{uses[call.name]}" if uses[call.name] else call.name
        uses[call.name] += 1
        node = Node(label, built.op, tuple(_add(tensors, t, call) for t in built.inputs),
                    (_add(tensors, built.output, call),), built.attrs, Origin(module=call.output.name))
        _check_node(call, node, built)
        nodes.append(node)
    graph = Graph(name, tensors, tuple(nodes), tuple(t.name for t in inputs), tuple(t.name for t in outputs))
    try:
        check(graph, "reading the file")
    except GraphError as exc:
        raise ModelError(f"file is inconsistent: {exc}") from exc
    for call_built, node in zip(made, graph.nodes, strict=True):
        _check_arithmetic(call_built[0], graph, node)
    return graph


def _add(tensors: dict[str, Tensor], tensor: Tensor, call: Call) -> str:
    """File a tensor; constants that two operators see with another scale or shape are two tensors. Return its name."""
    known = tensors.get(tensor.name)
    if known is not None and (known.shape, known.quantization) != (tensor.shape, tensor.quantization):
        tensor = replace(tensor, name=f"{tensor.name}.{call.name}")
    tensors[tensor.name] = tensor
    return tensor.name


def _check_activation(tensor: Tensor) -> None:
    if tensor.dtype != "s8" or tensor.quantization is None:
        lack = "" if tensor.quantization else " without quantisation"
        raise ModelError(f"tensor {tensor.name} is {tensor.dtype}{lack}, not quantised int8", hints=NOT_INT8)
    if tensor.quantization.axis is not None:
        raise ModelError(f"tensor {tensor.name} has a scale per channel", hints="one scale per activation tensor")
    if tensor.data is None and (not tensor.shape or tensor.shape[0] != 1 or min(tensor.shape) < 1):
        raise ModelError(f"tensor {tensor.name} has shape {tensor.shape}: the batch, its first axis, must be 1",
                         hints="convert with a fixed batch size of 1")


def _check_node(call: Call, node: Node, built: Built) -> None:
    op = ops.get(node.op)
    for index, tensor in enumerate(built.inputs):
        if index not in op.constant_inputs:
            _check_activation(tensor)
        constant = tensor.data is not None
        if op.constant_inputs and constant != (index in op.constant_inputs):
            raise call.fail(f"has a {'constant' if constant else 'computed'} input {index}")
    if all(t.data is not None for t in built.inputs):
        raise call.fail("has constant inputs only", "fold constants before the conversion")
    _check_activation(built.output)
    (shape,) = op.infer(built.attrs, built.inputs)
    if shape != built.output.shape:
        raise call.fail(f"declares the output shape {built.output.shape}, computes {shape}")
    fixed = op.fixed_quantization(built.attrs)
    rule = OutputQuantization.FIXED if fixed is not None else op.quantization
    tied = {OutputQuantization.FIXED: [fixed], OutputQuantization.AS_INPUT: [built.inputs[0].quantization],
            OutputQuantization.SHARED: [t.quantization for t in built.inputs]}.get(rule, [])
    if any(q != built.output.quantization for q in tied):
        raise call.fail(f"has output quantisation {built.output.scale}, {built.output.zero_point}; its rule is "
                        f"'{rule.value}'", "convert again with a current TensorFlow Lite converter")


def _check_arithmetic(call: Call, graph: Graph, node: Node) -> None:
    """Raise ModelError when the multipliers or sums of a node do not fit."""
    try:
        ops.get(node.op).lower(node, graph.inputs_of(node), graph.outputs_of(node))
    except ValueError as exc:
        raise call.fail(f"cannot be computed: {exc}") from exc
