"""The training loop that every recovery shares: labels and the original network as teacher, any kind of student.

    loss = (1 - d) task(outputs, labels) + d distillation(outputs, teacher) + f features(activations, teacher)

task is cross-entropy for class labels, else the mean squared error. distillation is T^2 KL(teacher || student) of the
outputs softened by T for class labels; without labels it is the squared error over the teacher's variance. features is
that error averaged over the layers that both networks have. The teacher sees the same inputs, so they may be mixed and
disturbed; where the training set has disturbed copies (data.augmented) each epoch takes the next one. The learning rate
rises linearly over the first ``warmup`` of the steps and falls as a cosine; gradients are clipped to a norm. The same
seed gives the same result.

Source: Hinton et al., "Distilling the Knowledge in a Neural Network" (2015), section 2; Beyer et al., "Knowledge
        distillation: A good teacher is patient and consistent" (CVPR 2022), section 3 (same view for both); Romero et
        al., "FitNets" (ICLR 2015), section 2.2; Loshchilov and Hutter, "SGDR" (ICLR 2017), section 3; Zhang et al.,
        "mixup" (ICLR 2018).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from toolchain.compress.observers import Progress
from toolchain.data import Data, Samples
from toolchain.ir import Array, Graph
from toolchain.ops.execute import forward

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class TrainConfig:
    """How to train.

    ``learning_rate`` is relative to the size of each parameter tensor (``relative``). ``distillation`` in 0..1 is the
    teacher's share of the loss (1 without labels); ``mixup`` the share of a batch's inputs that become a random mean of
    two; ``noise`` is relative to the inputs' standard deviation.
    """

    epochs: int = 12
    batch: int = 64
    learning_rate: float = 5e-3
    warmup: float = 0.1
    clip_norm: float = 1.0
    distillation: float = 0.5
    temperature: float = 2.0
    features: float = 0.0
    mixup: float = 0.0
    noise: float = 0.05
    seed: int = 0


class Student(Protocol):
    """A network under training."""

    def parameters(self) -> list[dict[str, Any]]:
        """Return torch's parameter groups; a key ``pace`` multiplies the learning rate."""

    def begin(self, done: float) -> None:
        """Hear before each step which part of the training is done, 0..1."""

    def run(self, inputs: Sequence[torch.Tensor], observe: Callable[[str, torch.Tensor], None]) -> torch.Tensor:
        """Run the network, show its activations to ``observe`` and return the extra loss of the student (or 0)."""


def train(teacher: Graph, student: Student, data: Data, config: TrainConfig, progress: Progress | None = None) -> None:
    """Train the student's parameters in place; on the calibration set, without labels, where there is no other."""
    import torch

    samples = data.training or Samples(data.calibration, np.zeros(0))
    loss = _Loss(teacher, samples, config)
    views = [[torch.from_numpy(np.ascontiguousarray(x)) for x in view] for view in (samples.inputs, *samples.copies)]
    generator = torch.Generator().manual_seed(config.seed)
    count = len(views[0][0])
    per_epoch = max(1, math.ceil(count / config.batch))
    steps = config.epochs * per_epoch
    optimizer = torch.optim.AdamW(student.parameters(), lr=config.learning_rate, weight_decay=0.0)
    flat = [p for group in optimizer.param_groups for p in group["params"]]
    for epoch in range(config.epochs):
        inputs = views[epoch % len(views)]
        for index, chosen in enumerate(torch.randperm(count, generator=generator).split(config.batch)):
            step = epoch * per_epoch + index
            _set_rate(optimizer, config, step, steps)
            student.begin(step / steps)
            value = loss(student, [x[chosen] for x in inputs], chosen, generator)
            optimizer.zero_grad()
            value.backward()
            torch.nn.utils.clip_grad_norm_(flat, config.clip_norm)
            optimizer.step()
        if progress is not None:
            progress("fine-tuning", epoch + 1, config.epochs)


def relative(parameters: Sequence[torch.Tensor]) -> list[dict[str, Any]]:
    """Return parameter groups whose pace is the root mean square of the values that are not zero.

    Adam moves every value by the learning rate: relative to its size, layers of any range learn alike.
    """
    groups = []
    for parameter in parameters:
        found = parameter.detach()[parameter.detach() != 0]
        groups.append({"params": [parameter], "pace": float(found.square().mean().sqrt()) if found.numel() else 1.0})
    return groups


def _set_rate(optimizer: torch.optim.Optimizer, config: TrainConfig, step: int, steps: int) -> None:
    rise = max(1.0, config.warmup * steps)
    factor = (step + 1) / rise if step < rise else 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, steps - rise)))
    for group in optimizer.param_groups:
        group["lr"] = config.learning_rate * factor * group.get("pace", 1.0)


class _Loss:
    """Computes the loss of a batch."""

    def __init__(self, teacher: Graph, samples: Samples, config: TrainConfig) -> None:
        import torch

        self.teacher, self.config, self.logits = teacher, config, logits_tensor(teacher)
        self.targets = None
        self.classes = False
        width = teacher.tensors[self.logits].shape[-1]
        y = samples.targets
        if y.ndim and len(y) == len(samples.inputs[0]):
            flat = y.reshape(len(y), -1)
            if y.dtype.kind in "iub" and flat.shape[1] == 1 and width > 1:
                self.classes, self.targets = True, torch.from_numpy(flat[:, 0].astype(np.int64))
            elif flat.shape[1] == teacher.tensors[teacher.outputs[0]].count:
                self.targets = torch.from_numpy(self._on_device(y).astype(np.float32))
        self.spread = [x.std() for x in map(torch.from_numpy, samples.inputs)]

    def _on_device(self, y: Array) -> Array:
        permutation = self.teacher.layouts.get(self.teacher.outputs[0])
        return y if permutation is None else np.ascontiguousarray(y.transpose(permutation))

    def __call__(self, student: Student, inputs: list[torch.Tensor], chosen: torch.Tensor,
                 generator: torch.Generator) -> torch.Tensor:
        import torch

        mixed = self._disturb(inputs, generator)
        labels = None if self.targets is None or self.config.mixup > 0 else self.targets[chosen]
        wanted: dict[str, torch.Tensor] = {}
        share = self.config.distillation if labels is not None else 1.0
        if share > 0 or self.config.features > 0:
            with torch.no_grad():
                forward(self.teacher, dict(zip(self.teacher.inputs, mixed, strict=True)), wanted.__setitem__)
        got: dict[str, torch.Tensor] = {}
        total = student.run(mixed, got.__setitem__)
        if share > 0:
            total = total + share * self._distil(got[self.logits], wanted[self.logits])
        if share < 1 and labels is not None:
            total = total + (1 - share) * self._task(got, labels)
        if self.config.features > 0:
            total = total + self.config.features * _features(got, wanted)
        return total

    def _disturb(self, inputs: list[torch.Tensor], generator: torch.Generator) -> list[torch.Tensor]:
        import torch

        config, count = self.config, len(inputs[0])
        if config.mixup > 0:
            other = torch.randperm(count, generator=generator)
            part = torch.rand(count, generator=generator) * 0.5
            part = part * (torch.rand(count, generator=generator) < config.mixup)
            inputs = [torch.lerp(x, x[other], part.reshape(-1, *[1] * (x.ndim - 1))) for x in inputs]
        if config.noise > 0:
            inputs = [x + config.noise * s * torch.randn(x.shape, generator=generator)
                      for x, s in zip(inputs, self.spread, strict=True)]
        return inputs

    def _distil(self, got: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        import torch.nn.functional as F

        if not self.classes:
            return _relative_error(got, wanted)
        t = self.config.temperature
        got, wanted = (x.reshape(-1, x.shape[-1]) / t for x in (got, wanted))
        loss: torch.Tensor = F.kl_div(F.log_softmax(got, 1), F.log_softmax(wanted, 1), reduction="batchmean",
                                      log_target=True) * t * t
        return loss

    def _task(self, got: dict[str, torch.Tensor], labels: torch.Tensor) -> torch.Tensor:
        import torch.nn.functional as F

        if self.classes:
            return F.cross_entropy(got[self.logits].reshape(len(labels), -1), labels)
        output = got[self.teacher.outputs[0]].reshape(len(labels), -1)
        labels = labels.reshape(len(labels), -1)
        return F.mse_loss(output, labels) / labels.var().clamp_min(1e-6)


def logits_tensor(graph: Graph) -> str:
    """Return the first output's name, or what goes into the softmax behind it."""
    name = graph.outputs[0]
    node = graph.producer(name)
    while node is not None and node.op in ("softmax", "log_softmax", "reshape"):
        if node.op != "reshape":
            return node.inputs[0]
        name = node.inputs[0]
        node = graph.producer(name)
    return graph.outputs[0]


def _relative_error(got: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    import torch.nn.functional as F

    return F.mse_loss(got, wanted) / wanted.var().clamp_min(1e-6)


def _features(got: dict[str, torch.Tensor], wanted: dict[str, torch.Tensor]) -> torch.Tensor:
    """Return the mean relative error over the activations of equal names and shapes."""
    both = [n for n in got if n in wanted and got[n].shape == wanted[n].shape and got[n].requires_grad]
    errors = [_relative_error(got[n], wanted[n]) for n in both]
    return sum(errors[1:], errors[0]) / len(errors)
