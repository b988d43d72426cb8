"""A recipe: which technique does what at which site; plain values, so that it can be stored, sent and hashed.

``build`` turns one into a quantised graph: float techniques first, in the order of the registry, then the storage of
weights of all layers together.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from toolchain.compress import technique
from toolchain.compress.grids import WeightConfig
from toolchain.compress.layers import weighted
from toolchain.compress.quantize import QuantizeConfig, quantize
from toolchain.compress.substitution import parts_of
from toolchain.compress.technique import Level
from toolchain.data import Data
from toolchain.ir import Graph, Storage, storage_from_record, storage_to_record


@dataclass(frozen=True)
class Step:
    """One technique at one site: a layer, or a group of channels."""

    technique: str
    site: str
    config: Any

    @property
    def weights(self) -> WeightConfig | None:
        """Return how the step stores the weights of its layer; None when it does not say."""
        if isinstance(self.config, WeightConfig):
            return self.config
        storage = getattr(self.config, "storage", None)
        return None if storage is None else WeightConfig(storage)

    @property
    def kind(self) -> str:
        """Return the kind of storage that the step asks for; empty for int8."""
        weights = self.weights
        return "" if weights is None or weights.storage is None else weights.storage.kind

    def values(self) -> dict[str, Any]:
        """Return the config as plain values for JSON."""
        return {f.name: _plain(getattr(self.config, f.name)) for f in dataclasses.fields(self.config)}

    def text(self) -> str:
        """Return ``technique key=value ...``, what differs from the defaults."""
        kind = type(self.config)
        defaults = {f.name: f.default for f in dataclasses.fields(kind)}
        changed = {k: getattr(self.config, k) for k in defaults if getattr(self.config, k) != defaults[k]}
        shown = (f"{k}={v.kind if isinstance(v, Storage) else v}" for k, v in changed.items())
        return " ".join([self.technique, *shown])


@dataclass(frozen=True)
class Recipe:
    """Steps, at most one a site; without any, plain int8."""

    steps: tuple[Step, ...] = ()

    def to_record(self) -> list[dict[str, Any]]:
        """Return plain values for JSON."""
        return [{"technique": s.technique, "site": s.site, "config": s.values()} for s in self.steps]

    @classmethod
    def from_record(cls, record: Sequence[Mapping[str, Any]]) -> Recipe:
        """Return the recipe of ``to_record``."""
        return cls(tuple(Step(r["technique"], r["site"], _config(r["technique"], r["config"])) for r in record))

    def digest(self) -> str:
        """Return a name for the recipe."""
        return hashlib.sha256(json.dumps(self.to_record(), sort_keys=True).encode()).hexdigest()[:16]


def compressed(recipe: Recipe, graph: Graph, data: Data) -> Graph:
    """Return the float graph after the float techniques of a recipe."""
    for name, found in technique.registry().items():
        configs = {s.site: s.config for s in recipe.steps if s.technique == name}
        if configs and found.level is Level.FLOAT:
            graph = found.apply(graph, configs, data)
    return graph


def storages(recipe: Recipe, graph: Graph) -> dict[str, WeightConfig]:
    """Return, by layer, how weights are stored; layers that a float technique took away are left out."""
    left = [n.name for n in weighted(graph)]
    dense = {n.name for n in weighted(graph) if n.op == "depthwise_conv2d"}
    stored = ((name, w) for s in recipe.steps if (w := s.weights) is not None for name in parts_of(s.site, left)
              if name == s.site or name not in dense)
    return dict(stored)


def build(recipe: Recipe, graph: Graph, data: Data) -> tuple[Graph, Graph]:
    """Return (compressed float graph, quantised graph) of a canonical float graph, without recovery."""
    small = compressed(recipe, graph, data)
    return small, quantized(recipe, small, data)


def quantized(recipe: Recipe, small: Graph, data: Data) -> Graph:
    """Return the quantised graph of what ``compressed`` gave."""
    return quantize(small, data.calibration, QuantizeConfig(layers=storages(recipe, small)))


def _plain(value: Any) -> Any:
    if isinstance(value, Storage):
        return storage_to_record(value)
    return list(value) if isinstance(value, tuple) else value


def _config(name: str, values: Mapping[str, Any]) -> Any:
    kind = technique.get(name).config
    known = {f.name for f in dataclasses.fields(kind)}
    return kind(**{k: _value(v) for k, v in values.items() if k in known})


def _value(value: Any) -> Any:
    if isinstance(value, Mapping) and "kind" in value:
        return storage_from_record(value)
    return tuple(value) if isinstance(value, list) else value
