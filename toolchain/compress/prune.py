"""Weight pruning: weights become zero and stay zero; the shape of the layer stays.

    magnitude  score |w|                                     (L1)
    entropy    score |w| H(x), or |w| (max H - H(x)): H is the entropy in bits of the input channel that the weight
               reads, from a histogram over the calibration data; ``drop`` says which end goes first
    l0         score of trained hard-concrete gates, one a weight (gates.py); needs data
    random     a control

The lowest scores go: over the whole layer, the M - N lowest of each M along the input channels (``nm``), or blocks of
1x4 along them by the sum of their scores (``blocks``). With ``epochs`` the sparsity rises while the float network
trains, s(t) = s (1 - (1 - t)^3) up to half of the training, and masks are chosen anew each step (magnitude only).

Source: Han et al., "Learning both Weights and Connections" (NeurIPS 2015), section 3 (magnitude); Zhu and Gupta, "To
        prune, or not to prune" (2017), section 3 (schedule); Mishra et al., "Accelerating Sparse Deep Neural Networks"
        (2021) (N:M); Louizos et al., "Learning Sparse Neural Networks through L0 Regularization" (ICLR 2018).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np

from toolchain.compress.entropy import channel_entropy
from toolchain.compress.layers import find, from_rows, names, rows, to_rows, weight_axis, weights_of, with_rows
from toolchain.compress.technique import Technique
from toolchain.compress.training import TrainConfig, relative, train
from toolchain.data import Data
from toolchain.errors import ModelError, unknown_name
from toolchain.ir import NM, Array, Blocks, Graph, Node, Sparse, Storage, check
from toolchain.ops.execute import forward

if TYPE_CHECKING:
    import torch

Pattern: TypeAlias = Literal["unstructured", "nm", "blocks"]
Score: TypeAlias = Literal["magnitude", "entropy", "l0", "random"]
#: Weights of one block.
BLOCK = 4
#: Sparsity above which distances of 8 bits are smaller than those of 4 with their fillers.
LONG_GAPS = 0.92
#: Learning rate of gradual pruning.
RATE = 3e-2


@dataclass(frozen=True)
class PruneConfig:
    """``sparsity`` is the share of zeros (for nm it is 1 - N/M); ``epochs`` > 0 prunes gradually while training."""

    sparsity: float = 0.5
    pattern: Pattern = "unstructured"
    n: int = 2
    m: int = 4
    score: Score = "magnitude"
    drop: Literal["lowest", "highest"] = "lowest"
    epochs: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        for what, value, valid in (("pattern", self.pattern, get_args(Pattern)),
                                   ("score", self.score, get_args(Score))):
            if value not in valid:
                raise ModelError(*unknown_name(what, value, valid))
        if not 0 <= self.sparsity < 1:
            raise ModelError(f"sparsity {self.sparsity} is out of range", hints="at least 0, below 1")
        if self.epochs and self.score != "magnitude":
            raise ModelError(f"the schedule prunes by magnitude, not by {self.score}", hints="epochs=0")

    @property
    def storage(self) -> Storage:
        """How the pruned weights are stored without their zeros."""
        if self.pattern == "unstructured":
            return Sparse(index_bits=4 if self.sparsity <= LONG_GAPS else 8)
        return NM(self.n, self.m) if self.pattern == "nm" else Blocks()


def choices(graph: Graph, site: str) -> list[PruneConfig]:
    """Return sparsities of each pattern that fits the layer."""
    found = [PruneConfig(s) for s in (0.5, 0.7, 0.8, 0.9)]
    if inner(graph, site) % BLOCK == 0:
        found += [PruneConfig(1 - n / 4, "nm", n, 4) for n in (2, 1)]
        found += [PruneConfig(s, "blocks") for s in (0.5, 0.75)]
    return found


def apply(graph: Graph, configs: Mapping[str, PruneConfig], data: Data) -> Graph:
    """Return the float graph with pruned layers; see Technique."""
    for site, config in configs.items():
        require_fit(graph, site, config)
    if any(c.epochs for c in configs.values()):
        return check(_gradual(graph, configs, data), "prune")
    gates = _gates(graph, configs, data)
    original = graph
    for site, config in configs.items():
        node = find(original, site)
        matrix = rows(original, node)
        score = gates[site] if site in gates else scores(original, node, config, data.calibration)
        graph = with_rows(graph, node, matrix * keep(score, config))
    return check(graph, "prune")


def scores(graph: Graph, node: Node, config: PruneConfig, calibration: Sequence[Array]) -> Array:
    """Return the score [O, K] of each weight of a layer; low ones go first. Zeros have the lowest."""
    matrix = np.abs(rows(graph, node).astype(np.float64))
    if config.score == "random":
        return np.asarray(np.random.default_rng(config.seed).random(matrix.shape) * (matrix > 0))
    if config.score == "entropy":
        h = channel_entropy(graph, node.inputs[0], calibration)
        h = h if config.drop == "lowest" else h.max() - h
        return matrix * (_spread(node, weights_of(graph, node), h) + 1e-6)
    return matrix


def keep(score: Array, config: PruneConfig) -> Array:
    """Return True where a weight stays; rows hold the input channels of each tap side by side."""
    if config.pattern == "nm":
        order = np.argsort(np.argsort(-score.reshape(-1, config.m), axis=1, kind="stable"), axis=1)
        return np.asarray((order < config.n).reshape(score.shape))
    if config.pattern == "blocks":
        sums = score.reshape(-1, BLOCK).sum(axis=1)
        return np.repeat(_largest(sums, config.sparsity), BLOCK).reshape(score.shape)
    return _largest(score.reshape(-1), config.sparsity).reshape(score.shape)


def _largest(score: Array, sparsity: float) -> Array:
    """Return True for the share 1 - sparsity of the highest scores; earlier ones win ties."""
    kept = np.zeros(score.size, dtype=bool)
    kept[np.argsort(-score, kind="stable")[: max(1, round(score.size * (1 - sparsity)))]] = True
    return kept


def inner(graph: Graph, site: str) -> int:
    """Return how many weights of a row lie side by side along the input channels; 1 for depthwise layers."""
    node = find(graph, site)
    return 1 if node.op == "depthwise_conv2d" else int(weights_of(graph, node).shape[-1])


def require_fit(graph: Graph, site: str, config: PruneConfig) -> None:
    """Raise ModelError when the pattern does not fit the layer's input channels."""
    width = {"nm": config.m, "blocks": BLOCK, "unstructured": 1}[config.pattern]
    if (count := inner(graph, site)) % width:
        raise ModelError(f"{site} has {count} input channels, {config.pattern} needs a multiple of {width}",
                         hints='pattern "unstructured"')


def _spread(node: Node, weights: Array, channel_values: Array) -> Array:
    """Return a value per input channel as [O, K]: that of the channel which each weight reads."""
    if node.op == "depthwise_conv2d":
        each = np.repeat(channel_values, weights.shape[3] // len(channel_values))
        return np.repeat(each[:, None], weights.shape[1] * weights.shape[2], axis=1)
    attrs: Any = node.attrs
    groups = getattr(attrs, "groups", 1)
    parts = np.repeat(channel_values.reshape(groups, -1), weights.shape[0] // groups, axis=0)
    taps = weights.size // (weights.shape[0] * parts.shape[1])
    return np.tile(parts, (1, taps))


def _gates(graph: Graph, configs: Mapping[str, PruneConfig], data: Data) -> dict[str, Array]:
    """Return trained scores [O, K] of the sites that want L0 gates."""
    from toolchain.compress.gates import weight_gates

    wanted = {s: 1 - c.sparsity for s, c in configs.items() if c.score == "l0"}
    seed = max((c.seed for c in configs.values()), default=0)
    return weight_gates(graph, wanted, data, seed) if wanted else {}


# Gradual pruning -------------------------------------------------------------------------------------------------


def _gradual(graph: Graph, configs: Mapping[str, PruneConfig], data: Data) -> Graph:
    student = _Masked(graph, configs)
    epochs, seed = max(c.epochs for c in configs.values()), max(c.seed for c in configs.values())
    train(graph, student, data, TrainConfig(epochs=epochs, seed=seed, learning_rate=RATE))
    return student.result()


class _Masked:
    """A float network under training whose layers lose weights step by step; see training.Student."""

    def __init__(self, graph: Graph, configs: Mapping[str, PruneConfig]) -> None:
        import torch

        self.graph, self.configs = graph, {find(graph, s).inputs[1]: c for s, c in configs.items()}
        self.nodes = {find(graph, s).inputs[1]: find(graph, s) for s in configs}
        self.values = {t.name: torch.from_numpy(np.array(t.data)).requires_grad_() for t in graph.constants()
                       if any(t.name in n.inputs[1:3] and weight_axis(n) is not None for n in graph.nodes)}
        self.masks: dict[str, torch.Tensor] = {}
        self.begin(0.0)

    def parameters(self) -> list[dict[str, Any]]:
        return relative(list(self.values.values()))

    def begin(self, done: float) -> None:
        """Choose the masks for this part of the training."""
        import torch

        rise = 1 - (1 - min(1.0, 2 * done)) ** 3
        for name, config in self.configs.items():
            node, weights = self.nodes[name], self.values[name].detach().numpy()
            axis = weight_axis(node)
            assert axis is not None
            matrix = to_rows(weights, axis)
            current = _at(config, rise)
            kept = keep(np.abs(matrix), current) if current is not None else matrix != 0
            self.masks[name] = torch.from_numpy(from_rows(kept.astype(np.float32), weights, axis))

    def run(self, inputs: Sequence[torch.Tensor], observe: Callable[[str, torch.Tensor], None]) -> torch.Tensor:
        import torch

        values = dict(zip(self.graph.inputs, inputs, strict=True))
        values.update({n: v * self.masks[n] if n in self.masks else v for n, v in self.values.items()})
        forward(self.graph, values, observe)
        return torch.zeros(())

    def result(self) -> Graph:
        """Return the graph with the trained, masked values."""
        self.begin(1.0)
        values = {n: (v * self.masks[n] if n in self.masks else v).detach().numpy() for n, v in self.values.items()}
        return self.graph.with_tensors(*(replace(self.graph.tensors[n], data=v) for n, v in values.items()))


def _at(config: PruneConfig, rise: float) -> PruneConfig | None:
    """Return the config at this part of the rise; None while an N:M pattern has not begun."""
    if config.pattern == "nm":
        n = config.m - round((config.m - config.n) * rise)
        return replace(config, n=n) if n < config.m else None
    return replace(config, sparsity=config.sparsity * rise)


TECHNIQUE = Technique(
    "prune", "zero weights: unstructured, N:M or blocks of 1x4; by magnitude, entropy, L0 gates or at random",
    "Han 2015; Zhu and Gupta 2017; Mishra 2021; Louizos 2018", PruneConfig, names, choices, apply,
    order=1)
