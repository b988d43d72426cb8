"""What a candidate costs, and what it may cost. The search is handed a function and does not know how it measures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from toolchain.budget import Budget
from toolchain.ir import Graph

#: The resources of a budget, in the order of messages, with their units.
RESOURCES: Mapping[str, str] = {"flash": "bytes", "weights": "bytes", "ram": "bytes", "latency": "us"}


@dataclass(frozen=True)
class LayerCost:
    """One node: bytes of its constants as they lie in flash, and cycles (0 where they are not known)."""

    flash_bytes: int
    cycles: float


@dataclass(frozen=True)
class Cost:
    """A linked and run candidate: all flash, all RAM, the arena's part of it, one inference; layers by node name."""

    flash_bytes: int
    ram_bytes: int
    arena_bytes: int
    weights_bytes: int
    cycles: float
    latency_us: float
    layers: Mapping[str, LayerCost] = field(default_factory=dict)

    def of(self, resource: str) -> float:
        """Return flash, weights or ram in bytes, latency in microseconds."""
        return {"flash": self.flash_bytes, "weights": self.weights_bytes, "ram": self.ram_bytes,
                "latency": self.latency_us}[resource]


#: What a candidate costs that cannot be built.
IMPOSSIBLE = Cost(1 << 40, 1 << 40, 1 << 40, 1 << 40, float(1 << 40), float(1 << 40))

#: Returns what a quantised graph costs on the target.
CostModel: TypeAlias = Callable[[Graph], Cost]


@dataclass(frozen=True)
class Limits:
    """What a candidate may cost, by resource, and the accepted loss of the metric; None: no limit."""

    flash: float | None = None
    ram: float | None = None
    latency: float | None = None
    drop: float | None = None
    weights: float | None = None

    @classmethod
    def of(cls, budget: Budget) -> Limits:
        """Return the limits of a budget."""
        return cls(budget.flash_bytes, budget.ram_bytes, budget.latency_us, budget.drop, budget.weights_bytes)

    def items(self) -> Iterator[tuple[str, float]]:
        """Yield (resource, limit) of those that are limited."""
        for name in RESOURCES:
            if (limit := getattr(self, name)) is not None:
                yield name, limit

    def over(self, cost: Cost) -> dict[str, float]:
        """Return by resource how much a candidate exceeds its limit."""
        return {name: cost.of(name) - limit for name, limit in self.items() if cost.of(name) > limit}
