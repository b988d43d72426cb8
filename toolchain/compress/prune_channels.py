"""Structured pruning: channels and neurons go, layers get smaller, and so do the activations.

Sites are dependency groups (channel_groups.py): the channels of a layer with everything that is tied to them through
adds, concats, depthwise layers and flattening. The units of least importance (importance.py) go. ``recover``:
bias adds the mean of what the readers lose to their biases; least_squares fits the readers' weights anew on the
calibration data, so that their outputs stay (reconstruction.py).

Source: Fang et al., "DepGraph" (CVPR 2023); He et al., "Channel Pruning for Accelerating Very Deep Neural Networks"
        (ICCV 2017), section 3.1 (least squares); importance: see there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from toolchain.compress.channel_groups import Group, channel_groups, remove_channels
from toolchain.compress.importance import ImportanceName, unit_importance
from toolchain.compress.layers import activations, bias_of, find, weights_of, with_constant
from toolchain.compress.reconstruction import Target, reconstruct
from toolchain.compress.technique import Technique
from toolchain.data import Data
from toolchain.errors import ModelError, UsageError, unknown_name
from toolchain.ir import Array, Graph, check

Recover: TypeAlias = Literal["none", "bias", "least_squares"]
SAMPLES = 128


@dataclass(frozen=True)
class PruneChannelsConfig:
    """``ratio`` of the units of a group go; the number that stays is rounded to a multiple of ``multiple``."""

    ratio: float = 0.25
    importance: ImportanceName = "reach"
    drop: Literal["lowest", "highest"] = "lowest"
    multiple: int = 1
    recover: Recover = "least_squares"
    seed: int = 0

    def __post_init__(self) -> None:
        for what, value, valid in (("importance", self.importance, get_args(ImportanceName)),
                                   ("recovery", self.recover, get_args(Recover))):
            if value not in valid:
                raise ModelError(*unknown_name(what, value, valid))
        if not 0 <= self.ratio < 1:
            raise ModelError(f"ratio {self.ratio} is out of range", hints="at least 0, below 1")


def sites(graph: Graph) -> list[str]:
    """Return the names of the groups that have more than one unit."""
    return [name for name, group in channel_groups(graph).items() if len(group.units) > 1]


def choices(graph: Graph, site: str) -> list[PruneChannelsConfig]:
    """Return ratios that leave another number of units each, in multiples of 4 where there are enough."""
    count = len(_group(graph, site).units)
    multiple = 4 if count >= 16 else 1
    found = {kept_units(count, c): c for c in (PruneChannelsConfig(r / 8, multiple=multiple) for r in range(1, 7))}
    return [c for kept, c in found.items() if kept < count]


def kept_units(count: int, config: PruneChannelsConfig) -> int:
    """Return how many of ``count`` units stay."""
    wanted = count * (1 - config.ratio)
    return min(count, max(1, config.multiple * max(1, round(wanted / config.multiple))))


def apply(graph: Graph, configs: Mapping[str, PruneChannelsConfig], data: Data) -> Graph:
    """Return the smaller float graph; see Technique. All importances are those of the graph as it comes in."""
    dropped: dict[str, list[Array]] = {}
    for site, config in configs.items():
        group = _group(graph, site)
        gone = dropped_units(graph, group, config, data)
        for unit in (group.units[i] for i in gone):
            for tensor, channels in unit.items():
                dropped.setdefault(tensor, []).append(channels)
    if not dropped:
        return graph
    gone_channels = {t: np.unique(np.concatenate(parts)) for t, parts in dropped.items()}
    recover = {r: c.recover for s, c in configs.items() for r in _group(graph, s).readers}
    biased = _with_means(graph, gone_channels, [r for r, how in recover.items() if how != "none"], data)
    smaller = remove_channels(biased, gone_channels)
    wanted = {r: _target(graph, r, gone_channels) for r, how in recover.items() if how == "least_squares"}
    return check(reconstruct(graph, smaller, data.calibration, wanted), "prune_channels")


def dropped_units(graph: Graph, group: Group, config: PruneChannelsConfig, data: Data) -> Array:
    """Return the indices of the units that go."""
    importance = unit_importance(graph, group, config.importance, data, config.seed)
    order = np.argsort(-importance if config.drop == "highest" else importance, kind="stable")
    return order[: len(group.units) - kept_units(len(group.units), config)]


def _group(graph: Graph, site: str) -> Group:
    found = channel_groups(graph)
    if site not in found:
        raise UsageError(*unknown_name("channel group", site, found))
    return found[site]


def _with_means(graph: Graph, gone: Mapping[str, Array], readers: list[str], data: Data) -> Graph:
    """Return the graph whose readers have in their biases the mean of what they are about to lose."""
    sources = {find(graph, r).inputs[0] for r in readers} & set(gone)
    values = activations(graph, [x[:SAMPLES] for x in data.calibration], sources)
    for reader in readers:
        node = find(graph, reader)
        channels = gone.get(node.inputs[0])
        if channels is not None:
            x = values[node.inputs[0]]
            mean = x.reshape(-1, x.shape[-1]).mean(axis=0, dtype=np.float64)[channels]
            weights = weights_of(graph, node)[..., channels].astype(np.float64)
            lost = weights.reshape(len(weights), -1, len(channels)).sum(axis=1) @ mean
            graph = with_constant(graph, node, 2, bias_of(graph, node) + lost)
    return graph


def _target(graph: Graph, reader: str, gone: Mapping[str, Array]) -> Target:
    """Return what a reader's outputs are to be: those of the original, but for the channels that go."""
    node = find(graph, reader)
    count = graph.tensors[node.outputs[0]].shape[-1]
    return Target(reader, np.setdiff1d(np.arange(count), gone.get(node.outputs[0], [])))


TECHNIQUE = Technique(
    "prune_channels", "fewer channels and neurons, by dependency groups; layers and activations shrink",
    "DepGraph (Fang 2023); He 2017; Li 2017; Molchanov 2017", PruneChannelsConfig, sites, choices, apply)
