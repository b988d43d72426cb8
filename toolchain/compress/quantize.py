"""Post-training quantisation to int8: observe, choose scales, round constants, correct biases.

``quantize(graph, calibration, config)``: canonical float graph in, the same graph in integers out; node attributes
stay, requantize nodes may be added (see grouping, widening). The result runs under ``ops.execute.run_integer``. As a
technique it chooses bits per layer: 4, 4 with groups, 2, ternary, binary (grids.py), with compensated
(second_order.py) or learned rounding (adaround.py).

Shapes: calibration arrays are [N, ...], one per graph input, float, in device layout (NHWC).
Quant:  activations int8 asymmetric per tensor, or int16 symmetric; weights int8 symmetric per output channel, bias
        int32.
Raises: ModelError for calibration data that is missing, misshapen or not finite, and for weights that are not finite.
Source: Jacob et al. (CVPR 2018); Krishnamoorthi (2018); TensorFlow Lite 8-bit quantization specification.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import get_args

import numpy as np

from toolchain import ops
from toolchain.compress.bias_correction import correct_biases
from toolchain.compress.grids import WeightConfig, fit_scales
from toolchain.compress.grouping import Groups, group, rule
from toolchain.compress.layers import find, names, rows, weight_axis, weighted
from toolchain.compress.observers import Observation, ObserverName, Progress, Range, observe
from toolchain.compress.scales import (
    activation_quantization,
    min_output_scale,
    quantize_constant,
    quantize_weights,
)
from toolchain.compress.second_order import Hessian, hessians
from toolchain.compress.technique import Level, Technique
from toolchain.compress.widening import widen
from toolchain.data import Data
from toolchain.errors import ModelError, unknown_name
from toolchain.ir import Array, Binary, Graph, Int2, Int4, Node, Quantization, Tensor, Ternary, check
from toolchain.ops import OutputQuantization

#: Weights of a row that share a multiplier, where there are groups.
GROUP = 16


@dataclass(frozen=True)
class QuantizeConfig:
    """How to quantise. The defaults gave the best SQNR over the networks of docs/numerics.md, section Observers.

    ``observer``: min_max keeps every value; percentile leaves out (100 - percentile) %, half at each end; mse minimises
    the squared error. ``clip_weights`` does the same for weights. ``batch`` is in samples, for calibration;
    ``correction_samples`` is how many of them bias correction uses at most. ``layers`` says by node name how the
    weights of some layers are stored; the others are int8.
    """

    observer: ObserverName = "percentile"
    percentile: float = 99.999
    clip_weights: bool = False
    bias_correction: bool = True
    batch: int = 32
    correction_samples: int = 256
    layers: Mapping[str, WeightConfig] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.observer not in get_args(ObserverName):
            raise ModelError(*unknown_name("observer", self.observer, get_args(ObserverName)))
        if not 50 < self.percentile <= 100:
            raise ModelError(f"percentile {self.percentile} is out of range", hints="more than 50, at most 100")
        if self.batch < 1 or self.correction_samples < 1:
            raise ModelError(f"batch {self.batch} and correction_samples {self.correction_samples} must be at least 1")


def quantize(graph: Graph, calibration: Sequence[Array], config: QuantizeConfig | None = None,
             progress: Progress | None = None) -> Graph:
    """Return the integer graph of a canonical float graph; ``progress`` hears how far each pass has come."""
    config = config or QuantizeConfig()
    _check_float(graph)
    calibration = _check_calibration(graph, calibration)
    bits = {name: found.activation_bits for name, found in config.layers.items()}
    widened, wide = widen(graph, [name for name, count in bits.items() if count == 16])
    grouped, groups = group(widened)
    observation = observe(grouped, calibration, _sources(grouped), config.observer, percentile=config.percentile,
                          batch=config.batch, progress=progress)
    dtypes = {n: "s16" if n in wide else "s8" for n, t in grouped.tensors.items() if t.data is None}
    activations = _activations(grouped, groups, observation, dtypes)
    layers = _layers(grouped, calibration, config)
    quantized = check(_with_constants(grouped, activations, dtypes, layers), "quantize")
    if config.bias_correction:
        quantized = correct_biases(grouped, quantized, [x[: config.correction_samples] for x in calibration], progress)
    return check(quantized, "bias correction")


@dataclass(frozen=True, eq=False)
class _Layer:
    """How the weights of a node become integers."""

    config: WeightConfig
    scales: Array
    hessians: Sequence[Hessian]


def _layers(graph: Graph, calibration: Sequence[Array], config: QuantizeConfig) -> dict[str, _Layer]:
    """Return, by node name, the storage, scales and (for gptq) Hessians of every layer's weights."""
    for name in config.layers:
        find(graph, name)
    default = WeightConfig(clip=config.clip_weights)
    signs = {n.name: WeightConfig(Binary()) for n in weighted(graph) if getattr(n.attrs, "binary", None) is not None}
    configs = {n.name: config.layers.get(n.name, signs.get(n.name, default)) for n in weighted(graph)}
    rounded = [n for n in weighted(graph) if configs[n.name].rounding != "nearest"]
    found = hessians(graph, rounded, calibration) if rounded else {}
    return {n.name: _Layer(configs[n.name], fit_scales(rows(graph, n), configs[n.name]), found.get(n.name, ()))
            for n in weighted(graph)}


def _data(graph: Graph, name: str) -> Array:
    data = graph.tensors[name].data
    if data is None:
        raise ModelError(f"weights {name} are computed, not constant", hints="pass them as a parameter of the module")
    return data


def _check_float(graph: Graph) -> None:
    for tensor in graph.tensors.values():
        if tensor.dtype != "f32":
            raise ModelError(f"graph {graph.name} is quantised already: {tensor.name} is {tensor.dtype}",
                             hints="quantise the float graph")
        if tensor.data is not None and not np.isfinite(tensor.data).all():
            bad = np.count_nonzero(~np.isfinite(tensor.data))
            used = [n.origin.module or n.name for n in graph.consumers(tensor.name)]
            raise ModelError(f"constant {tensor.name} is not finite: {bad} of {tensor.count} values",
                             [("layer", ", ".join(used) or "unused")], "a checkpoint from before the training diverged")


def _check_calibration(graph: Graph, calibration: Sequence[Array]) -> list[Array]:
    arrays = [np.asarray(x) for x in calibration]
    if len(arrays) != len(graph.inputs):
        raise ModelError(f"calibration has {len(arrays)} arrays, the model has {len(graph.inputs)} inputs",
                         [("inputs", ", ".join(graph.inputs))], "one array per input, in this order")
    for name, x in zip(graph.inputs, arrays, strict=True):
        shape = graph.tensors[name].shape
        if x.ndim != len(shape) or x.shape[1:] != shape[1:]:
            raise ModelError(f"calibration for {name} has shape {x.shape}, needs {('N', *shape[1:])}".replace("'", ""),
                             hints="samples on axis 0, then the input's shape on the device (NHWC)")
        if len(x) == 0 or len(x) != len(arrays[0]):
            raise ModelError(f"calibration for {name} has {len(x)} samples" +
                             (f", the first input has {len(arrays[0])}" if len(x) else ""),
                             hints="the same number for every input, at least 1; about 100 typical ones are enough")
        if x.dtype.kind not in "fiu":
            raise ModelError(f"calibration for {name} has dtype {x.dtype}", hints="float32")
        if not np.isfinite(x).all():
            bad = np.count_nonzero(~np.isfinite(x))
            raise ModelError(f"calibration for {name} is not finite: {bad} of {x.size} values",
                             hints="remove samples with NaN or Inf")
    return [np.ascontiguousarray(x, dtype=np.float32) for x in arrays]


def _sources(graph: Graph) -> set[str]:
    """Return the activations that choose a quantisation for their group: graph inputs and OBSERVED outputs."""
    observed = {n for node in graph.nodes if rule(node) is OutputQuantization.OBSERVED for n in node.outputs}
    return observed | set(graph.inputs)


def _activations(graph: Graph, groups: Groups, observation: Observation,
                 dtypes: Mapping[str, str]) -> dict[str, Quantization]:
    """Return the quantisation of every activation: pinned, or from the joined ranges of its group."""
    wanted: dict[str, Range] = {}
    for name, r in observation.kept.items():
        root = groups.find(name)
        wanted[root] = wanted[root].join(r) if root in wanted else r
    for node in graph.nodes:  # what a tied output adds to its inputs' range: the value of a pad, a constant of concat
        root = groups.find(node.outputs[0])
        if rule(node) is not OutputQuantization.OBSERVED and root in wanted:
            wanted[root] = wanted[root].join(_beyond_inputs(node, observation.seen, wanted[root]))
    found = {root: activation_quantization(r, dtype=dtypes[root]) for root, r in wanted.items()}
    floors = dict.fromkeys(wanted, 0.0)
    for node in graph.nodes:  # in order: the floor of an output needs the scale of the input
        if (axis := weight_axis(node)) is not None:
            q = groups.pinned(node.inputs[0]) or found[groups.find(node.inputs[0])]
            s_in = _input_scale(graph, node, q)
            root, weights, bias = groups.find(node.outputs[0]), *(_data(graph, n) for n in node.inputs[1:3])
            floors[root] = max(floors[root], min_output_scale(weights, bias, axis, s_in, dtypes[root]))
            found[root] = activation_quantization(wanted[root], floors[root], dtypes[root])
    return {n: groups.pinned(n) or found[groups.find(n)] for n in dtypes}


def _input_scale(graph: Graph, node: Node, quantization: Quantization) -> float:
    """Return the scale of what the weights of a node are multiplied with."""
    x = replace(graph.tensors[node.inputs[0]], quantization=quantization)
    return ops.get(node.op).input_scale(node.attrs, x)


def _beyond_inputs(node: Node, seen: Mapping[str, Range], kept: Range) -> Range:
    """Return ``kept``, extended to the values of a tied output that no input of the node has."""
    inputs = [seen[n] for n in node.inputs if n in seen]
    outputs = [seen[n] for n in node.outputs if n in seen]
    if not inputs or not outputs:
        return kept
    low, high = min(r.low for r in outputs), max(r.high for r in outputs)
    return Range(min(kept.low, low) if low < min(r.low for r in inputs) else kept.low,
                 max(kept.high, high) if high > max(r.high for r in inputs) else kept.high)


def _with_constants(graph: Graph, activations: Mapping[str, Quantization], dtypes: Mapping[str, str],
                    layers: Mapping[str, _Layer]) -> Graph:
    """Return the graph with integer activations and constants."""
    tensors = {n: replace(graph.tensors[n], dtype=dtypes[n], quantization=q) for n, q in activations.items()}
    nodes = []
    for node in graph.nodes:
        renamed = {}
        for constant in _integer_constants(graph, node, activations, layers):
            name, kept = constant.name, tensors.get(constant.name)
            # shared in float, not in integers: other scales, or a bias, which bias correction changes node by node
            if kept is not None and (constant.dtype == "s32" or not _same(kept, constant)):
                name = f"{constant.name}.{node.name}"
            tensors[name] = replace(constant, name=name)
            renamed[constant.name] = name
        nodes.append(replace(node, inputs=tuple(renamed.get(n, n) for n in node.inputs)))
    return graph.replace(tensors=tensors, nodes=tuple(nodes))


def _same(first: Tensor, second: Tensor) -> bool:
    assert first.data is not None and second.data is not None
    return ((first.quantization, first.storage) == (second.quantization, second.storage)
            and np.array_equal(first.data, second.data))


def _integer_constants(graph: Graph, node: Node, activations: Mapping[str, Quantization],
                       layers: Mapping[str, _Layer]) -> list[Tensor]:
    """Return the constants that a node reads, quantised."""
    constants = [t for t in graph.inputs_of(node) if t.data is not None]
    output = activations[node.outputs[0]]
    axis = weight_axis(node)
    if axis is not None:
        weights, bias = graph.tensors[node.inputs[1]], graph.tensors[node.inputs[2]]
        layer = layers[node.name]
        s_in = _input_scale(graph, node, activations[node.inputs[0]])
        dtype = "s16" if layer.config.activation_bits == 16 else "s8"
        return list(quantize_weights(weights, bias, layer.scales, axis, s_in, output.scale[0], layer.config,
                                     layer.hessians, dtype))
    tied = rule(node) in (OutputQuantization.SHARED, OutputQuantization.AS_INPUT)
    return [quantize_constant(t, output if tied else None) for t in constants]


def choices(graph: Graph, site: str) -> list[WeightConfig]:
    """Return the grids below 8 bits, finest first; groups where a row has several."""
    width = rows(graph, find(graph, site)).shape[1]
    storages = [*([Int4(group=GROUP)] if width >= 2 * GROUP else []), Int4(), Int2(), Ternary(), Binary()]
    return [WeightConfig(storage, rounding="gptq") for storage in storages]


def apply(graph: Graph, configs: Mapping[str, WeightConfig], data: Data) -> Graph:
    """Return the quantised graph; layers without a config are int8."""
    return quantize(graph, data.calibration, QuantizeConfig(layers=configs))


TECHNIQUE = Technique(
    "quantize", "int8 activations; weights of 8, 4 or 2 bits, ternary or binary, per channel or per group",
    "Jacob 2018; Nagel 2021; GPTQ (Frantar 2023); AdaRound (Nagel 2020); Li 2016; XNOR-Net 2016", WeightConfig, names,
    choices, apply, Level.WEIGHTS, order=2)
