"""Recovery in float, before anything is rounded: the compressed network is trained with batch norm put back.

Canonical networks have their batch norm folded. Without it a network that has lost channels or rank learns slowly: the
scales of its layers drift apart, and only small steps are safe. So each layer with weights, but for the one that gives
the logits, is followed by a batch norm again that at first changes nothing:

    y = g (x - mean) / sqrt(var + e) + b        g = sqrt(var + e), b = mean of the calibration data at the start

Mean and var are those of the batch while training, and of the training samples in one piece at the end, where g / sqrt
(var + e) goes into the weights and the rest into the bias. A fused range of activations is applied behind it. Weights
that are zero stay zero. The loss and the schedule are those of training.py.

Source: Ioffe and Szegedy, "Batch Normalization" (ICML 2015), section 3; Wu and Johnson, "Rethinking 'Batch' in
        BatchNorm" (2021), section 3.2 (statistics of the whole population at the end); Beyer et al., "Knowledge
        distillation: A good teacher is patient and consistent" (CVPR 2022), section 3 (long schedules, mixed inputs).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from toolchain.compress.layers import weight_axis, weighted
from toolchain.compress.observers import Progress
from toolchain.compress.training import TrainConfig, logits_tensor, relative, train
from toolchain.data import Data
from toolchain.ir import Array, Graph, Node, check
from toolchain.ops.execute import forward

if TYPE_CHECKING:
    import torch

EPSILON = 1e-5
#: Steps of gradient descent, and the epochs that they may make.
STEPS, FEWEST, MOST = 4000, 4, 100
#: Samples that give the statistics at the start, and at the end.
FEW, MANY = 256, 2048


def default_recovery(data: Data, seed: int = 0) -> TrainConfig:
    """Return how to train with these data: long, on what the original network says of disturbed and mixed inputs."""
    samples = data.calibration if data.training is None else data.training.inputs
    config = TrainConfig(learning_rate=2e-2, distillation=1.0, mixup=0.5, seed=seed)
    per_epoch = math.ceil(len(samples[0]) / config.batch)
    return dataclasses.replace(config, epochs=min(MOST, max(FEWEST, round(STEPS / per_epoch))))


def recover(teacher: Graph, graph: Graph, data: Data, config: TrainConfig, progress: Progress | None = None) -> Graph:
    """Return the float graph with trained weights and biases; ``teacher`` is the original float graph."""
    samples = data.calibration if data.training is None else data.training.inputs
    student = _Normalised(graph, _some(samples, FEW))
    train(teacher, student, data, config, progress)
    return check(student.result(_some(samples, MANY)), "batch norm")


def _some(inputs: Sequence[Array], count: int) -> list[torch.Tensor]:
    """Return samples, evenly spread."""
    import torch

    chosen = np.linspace(0, len(inputs[0]) - 1, min(count, len(inputs[0]))).astype(int)
    return [torch.from_numpy(np.ascontiguousarray(x[chosen])) for x in inputs]


class _Normalised:
    """A float network under training with batch norm behind its layers; see training.Student."""

    def __init__(self, graph: Graph, inputs: Sequence[torch.Tensor]) -> None:
        import torch

        self.graph = graph
        self.nodes = {n.outputs[0]: n for n in weighted(graph) if _takes_norm(graph, n)}
        bare = {n.name: dataclasses.replace(n, attrs=dataclasses.replace(n.attrs, clamp=None))  # type: ignore[call-arg]
                for n in self.nodes.values()}
        self.bare = graph.replace(nodes=tuple(bare.get(n.name, n) for n in graph.nodes))
        used = dict.fromkeys(name for n in weighted(graph) for name in n.inputs[1:3])
        start = {name: torch.from_numpy(np.array(graph.tensors[name].data, dtype=np.float32)) for name in used}
        self.kept = {n.inputs[1]: (start[n.inputs[1]] != 0).float() for n in weighted(graph)}
        self.statistics: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
        self.scale: dict[str, torch.Tensor] = {}
        self.shift: dict[str, torch.Tensor] = {}
        self.values = start
        with torch.no_grad():
            self.run(inputs, lambda name, value: None)
        for name, (mean, deviation) in self.statistics.items():
            self.scale[name], self.shift[name] = (x.clone().requires_grad_() for x in (deviation, mean))
        folded = {n.inputs[2] for n in self.nodes.values()}
        self.values = {n: x.requires_grad_(n not in folded) for n, x in start.items()}

    def parameters(self) -> list[dict[str, Any]]:
        """See training.Student."""
        return relative([x for x in self.values.values() if x.requires_grad] + [*self.scale.values(),
                                                                              *self.shift.values()])

    def begin(self, done: float) -> None:
        """See training.Student."""

    def run(self, inputs: Sequence[torch.Tensor], observe: Callable[[str, torch.Tensor], None]) -> torch.Tensor:
        """See training.Student."""
        import torch

        values = dict(zip(self.graph.inputs, inputs, strict=True))
        values.update({n: x * self.kept[n] if n in self.kept else x for n, x in self.values.items()})
        forward(self.bare, values, observe, self._normalise)
        return torch.zeros(())

    def _normalise(self, name: str, value: torch.Tensor) -> torch.Tensor:
        """Return an activation behind its batch norm and range; without parameters yet, only behind its range."""
        if name not in self.nodes:
            return value
        flat = value.reshape(-1, value.shape[-1])
        mean, deviation = flat.mean(0), (flat.var(0, correction=0) + EPSILON).sqrt()
        self.statistics[name] = mean.detach(), deviation.detach()
        if name in self.scale:
            value = (value - mean) * (self.scale[name] / deviation) + self.shift[name]
        clamp = getattr(self.nodes[name].attrs, "clamp", None)
        return value if clamp is None else value.clamp(*clamp)

    def result(self, inputs: Sequence[torch.Tensor]) -> Graph:
        """Return the graph with the trained values; ``inputs`` give the statistics that go into them."""
        import torch

        with torch.no_grad():
            self.run(inputs, lambda name, value: None)
            values = {n: x * self.kept[n] if n in self.kept else x for n, x in self.values.items()}
            for name, node in self.nodes.items():
                (mean, deviation), (weights, bias) = self.statistics[name], node.inputs[1:3]
                factor = self.scale[name] / deviation
                axis = weight_axis(node)
                assert axis is not None
                shape = [-1 if i == axis else 1 for i in range(values[weights].ndim)]
                values[weights] = values[weights] * factor.reshape(shape)
                values[bias] = self.shift[name] + (values[bias] - mean) * factor
        data = {n: np.ascontiguousarray(x.detach().numpy(), dtype=np.float32) for n, x in values.items()}
        return self.graph.with_tensors(*(dataclasses.replace(self.graph.tensors[n], data=x) for n, x in data.items()))


def _takes_norm(graph: Graph, node: Node) -> bool:
    """Whether a layer is linear in its weights, has them for itself, and gives neither logits nor outputs."""
    alone = all(sum(n.inputs.count(name) for n in graph.nodes) == 1 for name in node.inputs[1:3])
    last = node.outputs[0] in (logits_tensor(graph), *graph.outputs)
    return alone and not last and hasattr(node.attrs, "clamp") and getattr(node.attrs, "binary", None) is None
