"""What can be decided: for every site the alternatives of all techniques together, and what each one does alone.

Alternatives of one decision exclude each other; those of different decisions combine. What an alternative saves is a
factor per layer on the bytes of its constants and on its MACs, and per activation on its bytes, read off the graph that
it makes alone. A technique that touches nothing but its layer is decided together with the others of that layer; one
that reaches further (groups of channels) is a decision of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from toolchain import ops
from toolchain.compress import technique
from toolchain.compress.grids import WeightConfig
from toolchain.compress.layers import find, weight_axis, weighted
from toolchain.compress.second_order import Hessian, hessians
from toolchain.data import Data
from toolchain.errors import ModelError
from toolchain.ir import Array, Graph, Node
from toolchain.search.recipe import Recipe, Step, compressed, storages
from toolchain.search.sensitivity import codes_of, divergence, outputs, with_codes

#: Bytes of a layer per output channel beside its weights: bias, multiplier, shift.
CHANNEL_BYTES = 12


@dataclass(frozen=True)
class Effect:
    """What a step does alone: its loss, and factors by layer and by activation where they are not 1."""

    loss: float
    flash: Mapping[str, float] = field(default_factory=dict)
    macs: Mapping[str, float] = field(default_factory=dict)
    activations: Mapping[str, float] = field(default_factory=dict)

    def to_record(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Alternative:
    """A step and its effect; without a step the site is left alone."""

    step: Step | None
    effect: Effect


@dataclass(frozen=True)
class Decision:
    """Alternatives that exclude each other; the first leaves the site alone."""

    name: str
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, eq=False)
class Scene:
    """What a step is looked at in: the canonical float graph, data to fit with, inputs to measure on.

    ``reference`` has the float network's outputs for the inputs, ``hessians`` what its layers round their weights with.
    """

    graph: Graph
    data: Data
    inputs: Sequence[Array]
    reference: Array
    classes: bool
    hessians: Mapping[str, Sequence[Hessian]]


def scene(graph: Graph, data: Data, inputs: Sequence[Array]) -> Scene:
    """Return the scene of a graph; ``data.training`` says whether the outputs are classes, else their number does.

    ``inputs`` are others than those of ``data``.
    """
    reference = outputs(graph, inputs)
    labels = None if data.training is None else data.training.targets
    classes = reference.shape[1] > 1 and (labels is None or labels.dtype.kind in "iub")
    return Scene(graph, data, inputs, reference, classes, hessians(graph, weighted(graph), data.calibration))


def stored(recipe: Recipe, small: Graph, seen: Scene) -> dict[str, tuple[WeightConfig, Array]]:
    """Return, by layer of the float graph that a recipe makes, how its weights are stored and their codes."""
    configs = storages(recipe, small)
    nodes = [find(small, name) for name, config in configs.items() if config.rounding != "nearest"]
    found = seen.hessians if small is seen.graph else hessians(small, nodes, seen.data.calibration) if nodes else {}
    return {name: (config, codes_of(small, name, config, found.get(name, ()))) for name, config in configs.items()}


def enumerate_steps(graph: Graph, allowed: Sequence[str] | None = None) -> list[Step]:
    """Return every step of the allowed techniques (None: all) that may save something, in the order of the registry."""
    known = [technique.get(name) for name in (technique.registry() if allowed is None else allowed)]
    steps = [Step(t.name, site, c) for t in known for site in t.sites(graph) for c in t.choices(graph, site)]
    return [s for s in steps if s.config != WeightConfig() and getattr(s.config, "activation_bits", 8) == 8]


def examine(step: Step, seen: Scene) -> Effect | None:
    """Return what a step does alone; None when the layer cannot take it."""
    recipe, graph = Recipe((step,)), seen.graph
    try:
        small = compressed(recipe, graph, seen.data)
        rounded = small
        before, dense = _constant_bytes(graph), _constant_bytes(small)
        flash = _ratios(before, dense, step.site)
        for name, (config, codes) in stored(recipe, small, seen).items():
            layer = name if name in before else step.site
            saved = dense[name] - _stored_bytes(small, name, config, codes)
            flash[layer] = flash.get(layer, 1.0) - saved / before[layer]
            rounded = with_codes(rounded, name, config, codes)
    except ModelError:
        return None
    loss = divergence(seen.reference, outputs(rounded, seen.inputs), seen.classes)
    macs = _ratios(_macs(graph), _macs(small), step.site)
    return Effect(loss, flash, macs, _ratios(_activation_bytes(graph), _activation_bytes(small), ""))


def decisions(steps: Sequence[Step], effects: Sequence[Effect | None]) -> list[Decision]:
    """Return the decisions: a layer's for what touches it alone, one per technique and site for the rest.

    Steps that save nothing (they prepare others) are left out, and those that lose more and save less than another.
    """
    local: dict[tuple[str, str], bool] = {}
    pairs = [(s, e) for s, e in zip(steps, effects, strict=True) if e is not None and _saves(e)]
    for step, effect in pairs:
        key = (step.technique, step.site)
        touched = {n for names in (effect.flash, effect.macs) for n in names}
        local[key] = local.get(key, True) and touched <= {step.site}
    grouped: dict[str, list[Alternative]] = {}
    for step, effect in pairs:
        name = step.site if local[step.technique, step.site] else f"{step.technique} {step.site}"
        grouped.setdefault(name, [Alternative(None, Effect(0.0))]).append(Alternative(step, effect))
    return [Decision(name, tuple(a for a in found if not any(_beats(b, a) for b in found)))
            for name, found in grouped.items()]


def _beats(one: Alternative, other: Alternative) -> bool:
    """Tell whether one alternative is better than another in something and worse in nothing, kernels included."""
    if one.step is None or other.step is None or one.step.kind != other.step.kind:
        return False
    pairs = [(one.effect.loss, other.effect.loss)]
    for name in ("flash", "macs", "activations"):
        a, b = getattr(one.effect, name), getattr(other.effect, name)
        pairs += [(a.get(layer, 1.0), b.get(layer, 1.0)) for layer in {**a, **b}]
    return all(x <= y for x, y in pairs) and any(x < y for x, y in pairs)


def _saves(effect: Effect) -> bool:
    return any(x < 1 for factors in (effect.flash, effect.macs, effect.activations) for x in factors.values())


def _stored_bytes(graph: Graph, name: str, config: WeightConfig, codes: Array) -> int:
    node = find(graph, name)
    axis = weight_axis(node)
    assert axis is not None
    weights = codes.nbytes if config.storage is None else config.storage.size_bytes(codes, axis)
    return int(weights + CHANNEL_BYTES * codes.shape[axis])


def _constant_bytes(graph: Graph) -> dict[str, int]:
    """Return the bytes of each node's constants in int8, with what belongs to its output channels."""
    found = {}
    for node in graph.nodes:
        constants = [t for t in graph.inputs_of(node) if t.data is not None]
        axis = weight_axis(node)
        if constants and axis is not None:
            found[node.name] = constants[0].count + CHANNEL_BYTES * constants[0].shape[axis]
        else:
            found[node.name] = sum(t.count for t in constants)
    return found


def _macs(graph: Graph) -> dict[str, int]:
    def macs(node: Node) -> int:
        return ops.get(node.op).cost(node, graph.inputs_of(node), graph.outputs_of(node)).macs

    found = {n.name: macs(n) for n in graph.nodes}
    # operators without MACs take time for each value that they write
    return {n.name: found[n.name] or sum(t.count for t in graph.outputs_of(n)) for n in graph.nodes}


def _activation_bytes(graph: Graph) -> dict[str, int]:
    return {t.name: t.count for t in graph.tensors.values() if t.data is None}


def _ratios(before: Mapping[str, int], after: Mapping[str, int], site: str) -> dict[str, float]:
    """Return after / before where they differ; nodes that are new count for ``site``, those that are gone are 0."""
    new = sum(count for name, count in after.items() if name not in before)
    now = {name: after.get(name, 0) + (new if name == site else 0) for name in before}
    return {name: now[name] / count for name, count in before.items() if count and now[name] != count}
