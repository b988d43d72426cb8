"""Recovery: training a compressed network with the arithmetic that it will run with.

Every activation is rounded to its int8 codes and every weight to its grid (bits, group multipliers, codebook); zeros
stay zeros and the structure stays as it is. Gradients pass straight through the rounding, and not through saturation.
The step size of every output channel is trained too, as its logarithm. Batch norm is folded long before: biases, which
start from the bias-corrected ones, are trained in its place. Without a training set the calibration set serves, with
the original network's activations as targets layer by layer.

``finetune(teacher, graph, quantized, data, config)`` returns a quantised graph with the same activation scales.

Quant:  forward passes equal ``run_integer`` but for ties of float rounding (tests: at most 1 LSB).
Source: Bengio et al., "Estimating or Propagating Gradients" (2013), section 4 (straight-through); Esser et al.,
        "Learned Step Size Quantization" (ICLR 2020), section 2; Jacob et al. (CVPR 2018), section 3.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from toolchain import ops
from toolchain.compress.fake_quantization import fixed_point, node_fixed_point, round_to_codes
from toolchain.compress.grids import Grid, WeightConfig
from toolchain.compress.layers import find, from_rows, rows, to_rows, weight_axis, weighted
from toolchain.compress.observers import Progress
from toolchain.compress.scales import quantize_bias, safe_scales
from toolchain.compress.training import TrainConfig, relative, train
from toolchain.data import Data
from toolchain.ir import Array, Binary, Graph, Node, Quantization, Tensor, check
from toolchain.numerics import Rounding, dequantize
from toolchain.ops.execute import forward

if TYPE_CHECKING:
    import torch

#: Pace of the logarithms of the steps, relative to the weights'.
STEP_PACE = 0.5
#: Steps of gradient descent with labels, and the epochs that they may make.
STEPS, FEWEST, MOST = 2500, 4, 60


@dataclass(frozen=True)
class FinetuneConfig:
    """``train``: None chooses by what data there are. ``learn_steps`` trains the weights' scales as well.

    ``rounding`` is that of the runtime.
    """

    train: TrainConfig | None = None
    learn_steps: bool = True
    rounding: Rounding = Rounding.DOUBLE


def default_training(data: Data, seed: int = 0) -> TrainConfig:
    """Return how to train with these data: epochs by their number, mostly by what the original network says."""
    if data.training is not None:
        config = TrainConfig(learning_rate=2e-2, distillation=0.9, seed=seed)
        per_epoch = math.ceil(len(data.training.targets) / config.batch)
        return replace(config, epochs=min(MOST, max(FEWEST, round(STEPS / per_epoch))))
    return TrainConfig(epochs=12, batch=16, features=1.0, learning_rate=3e-3, noise=0.0, seed=seed)


def finetune(teacher: Graph, graph: Graph, quantized: Graph, data: Data, config: FinetuneConfig | None = None,
             progress: Progress | None = None) -> Graph:
    """Return ``quantized`` with trained weights, weight scales and biases; layers keep their storage.

    ``teacher`` is the original float graph, ``graph`` the compressed float graph that ``quantized`` comes from.
    """
    config = config or FinetuneConfig()
    student = _Student(graph, quantized, config)
    train(teacher, student, data, config.train or default_training(data), progress)
    return check(student.result(), "finetune")


def fake_quantized(graph: Graph, quantized: Graph, inputs: Sequence[Array]) -> list[Array]:
    """Return the float outputs [N, ...] that training sees for ``quantized``, which comes from ``graph``."""
    import torch

    student, seen = _Student(graph, quantized, FinetuneConfig()), dict[str, torch.Tensor]()
    with torch.no_grad():
        student.run([torch.from_numpy(np.ascontiguousarray(x)) for x in inputs], seen.__setitem__)
    return [seen[name].numpy() for name in quantized.outputs]


@dataclass
class _Layer:
    """The trained values of one weights tensor: rows [O, K] in float, log2 of the steps [O], bias [O]."""

    node: Node
    axis: int
    grid: Grid
    kept: torch.Tensor  # [O, K], 0 where the weight stays 0
    multipliers: torch.Tensor
    rows: torch.Tensor
    steps: torch.Tensor
    bias: torch.Tensor

    def scales(self) -> torch.Tensor:
        """Return the step of every row, [O, 1]."""
        import torch

        return torch.exp2(self.steps)[:, None]

    def fake(self) -> torch.Tensor:
        """Return the weights as they will be, differentiable."""
        import torch

        scales = self.scales()
        units = self.rows / scales
        if isinstance(self.grid.config.storage, Binary):
            soft = units.clamp(-1, 1)
            codes = soft + (torch.where(units < 0, -1.0, 1.0) - soft).detach()
        elif self.grid.codebooks:
            codes = units + (self._nearest(units.detach()) - units).detach()
        else:
            soft = (units / self.multipliers).clamp(*self.grid.config.limits)
            codes = (soft + (soft.round() - soft).detach()) * self.multipliers
        return codes * scales * self.kept

    def _nearest(self, units: torch.Tensor) -> torch.Tensor:
        import torch

        return torch.from_numpy(self.grid.encode(units.numpy().astype(np.float64)).astype(np.float32))


class _Student:
    """The quantised graph with fake quantisation, and its way back to integers."""

    def __init__(self, graph: Graph, quantized: Graph, config: FinetuneConfig) -> None:
        import torch

        self.quantized, self.config = quantized, config
        self.layers: dict[str, _Layer] = {}
        for node in weighted(quantized):
            if node.inputs[1] not in self.layers:
                self.layers[node.inputs[1]] = _layer(graph, quantized, node)
        self.biases = {n.inputs[2]: self.layers[n.inputs[1]] for n in weighted(quantized)}
        trained = {*self.layers, *self.biases}
        self.constants = {t.name: torch.from_numpy(_real(t)) for t in quantized.constants() if t.name not in trained}
        self.writers = {n: node for node in quantized.nodes for n in node.outputs}
        self.first: dict[str, torch.Tensor | float | None] = {
            n: node_fixed_point(quantized, node, config.rounding) for n, node in self.writers.items()}

    def parameters(self) -> list[dict[str, Any]]:
        """See training.Student."""
        layers = list(self.layers.values())
        groups = relative([p for x in layers for p in (x.rows, x.bias)])
        return groups + [{"params": [x.steps for x in layers], "pace": STEP_PACE}] * self.config.learn_steps

    def begin(self, done: float) -> None:
        """See training.Student."""

    def run(self, inputs: Sequence[torch.Tensor], observe: Callable[[str, torch.Tensor], None]) -> torch.Tensor:
        """See training.Student."""
        import torch

        values = {n: self._round(n, x) for n, x in zip(self.quantized.inputs, inputs, strict=True)}
        values.update(self.constants)
        for node in weighted(self.quantized):
            layer = self.layers[node.inputs[1]]
            s_in, s_out = self._scales(node)
            step = s_in * layer.scales().detach()[:, 0]
            self.first[node.outputs[0]] = fixed_point(step / s_out, self.config.rounding)
            values[node.inputs[1]] = _unrows(layer.fake(), layer.axis, self.quantized.tensors[node.inputs[1]].shape)
            values[node.inputs[2]] = layer.bias + ((layer.bias / step).round() * step - layer.bias).detach()
        forward(self.quantized, values, observe, self._round)
        return torch.zeros(())

    def _scales(self, node: Node) -> tuple[float, float]:
        """Return the scales of what the weights of a node are multiplied with, and of its output."""
        x, y = (self.quantized.tensors[n] for n in (node.inputs[0], node.outputs[0]))
        return ops.get(node.op).input_scale(node.attrs, x), y.scale

    def _round(self, name: str, value: torch.Tensor) -> torch.Tensor:
        node = self.writers.get(name)
        if node is not None and (ops.get(node.op).alias or node.op == "max_pool2d"):
            return value
        pool = node is not None and node.op == "avg_pool2d"
        return round_to_codes(value, self.quantized.tensors[name], self.first.get(name), pool)

    def result(self) -> Graph:
        """Return the quantised graph with the trained values as integers."""
        tensors: dict[str, Tensor] = {}
        for node in weighted(self.quantized):
            layer, weights = self.layers[node.inputs[1]], self.quantized.tensors[node.inputs[1]]
            s_in, s_out = self._scales(node)
            kept, bias = layer.kept.numpy(), layer.bias.detach().numpy()
            matrix = layer.rows.detach().numpy().astype(np.float64) * kept
            scales = np.exp2(layer.steps.detach().numpy().astype(np.float64))
            dtype = self.quantized.tensors[node.inputs[0]].dtype
            scales = safe_scales(matrix, bias, scales, 0, s_in, s_out, dtype)
            codes = layer.grid.encode(matrix / scales[:, None]) * kept.astype(np.int8)
            assert weights.data is not None
            data = from_rows(codes, weights.data, layer.axis)
            if weights.storage is not None:
                weights.storage.check(data, layer.axis)
            quantization = Quantization.per_channel(scales, layer.axis)
            tensors[weights.name] = Tensor(weights.name, weights.shape, "s8", data, quantization, weights.storage)
            real = Tensor(node.inputs[2], bias.shape, "f32", bias)
            tensors[real.name] = quantize_bias(real, s_in, np.array(quantization.scale))
        return self.quantized.with_tensors(*tensors.values())


def _layer(graph: Graph, quantized: Graph, node: Node) -> _Layer:
    """Return a layer that starts exactly at the quantised weights: float weights where they round to their codes."""
    import torch

    axis, weights, bias = weight_axis(node), quantized.tensors[node.inputs[1]], quantized.tensors[node.inputs[2]]
    assert axis is not None and weights.data is not None and weights.quantization is not None
    matrix, codes = rows(graph, find(graph, node.name)).astype(np.float64), to_rows(weights.data, axis)
    scales = np.array(weights.quantization.scale)
    grid = Grid.of(matrix, codes, scales, WeightConfig(weights.storage))
    start = np.where(grid.encode(matrix / scales[:, None]) == codes, matrix, codes * scales[:, None])
    kept = (matrix != 0) | isinstance(weights.storage, Binary)

    def parameter(value: Array) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(value, dtype=np.float32)).requires_grad_()

    return _Layer(node, axis, grid, torch.from_numpy(kept.astype(np.float32)),
                  torch.from_numpy(grid.multipliers.astype(np.float32)), parameter(start),
                  parameter(np.log2(scales)), parameter(_real(bias)))


def _unrows(matrix: torch.Tensor, axis: int, shape: Sequence[int]) -> torch.Tensor:
    """Return a matrix of rows as a tensor of this shape, whose output channels lie on ``axis``."""
    moved = (shape[axis], *shape[:axis], *shape[axis + 1:])
    return matrix.reshape(moved).movedim(0, axis)


def _real(tensor: Tensor) -> Array:
    """Return the values of a quantised constant as float32."""
    assert tensor.data is not None and tensor.quantization is not None
    q, shape = tensor.quantization, [1] * len(tensor.shape)
    if q.axis is not None:
        shape[q.axis] = -1
    return dequantize(tensor.data, np.array(q.scale).reshape(shape), np.array(q.zero_point).reshape(shape))
