"""Why a step was taken: what it saves, what it costs, and what it was chosen over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from toolchain.search.alternatives import Alternative, Decision
from toolchain.search.cost import Cost
from toolchain.search.recipe import Recipe, Step


@dataclass(frozen=True)
class Why:
    """One step of a recipe: bytes and cycles that it saves (as the model of cost has it), and the reason in words.

    What steps save together is shared out in their order: the first has the whole of its own.
    """

    step: Step
    flash_saved_bytes: int
    cycles_saved: int
    reason: str


def explain(recipe: Recipe, decisions: Sequence[Decision], reference: Cost) -> list[Why]:
    """Return why each step of a recipe was taken."""
    flash = {name: float(layer.flash_bytes) for name, layer in reference.layers.items()}
    cycles = {name: layer.cycles for name, layer in reference.layers.items()}
    found = []
    for step in recipe.steps:
        decision, taken = _find(decisions, step)
        saved = [0.0, 0.0]
        for index, (left, factors) in enumerate(((flash, taken.effect.flash), (cycles, taken.effect.macs))):
            for name, factor in factors.items():
                saved[index] += left.get(name, 0.0) * (1 - factor)
                left[name] = left.get(name, 0.0) * factor
        found.append(Why(step, round(saved[0]), round(saved[1]), _reason(decision, taken)))
    return found


def _find(decisions: Sequence[Decision], step: Step) -> tuple[Decision, Alternative]:
    return next((d, a) for d in decisions for a in d.alternatives if a.step == step)


def _reason(decision: Decision, taken: Alternative) -> str:
    """Return the loss of the step alone, and of the nearest alternatives that were passed over."""
    text = f"loss {taken.effect.loss:.2g} alone"
    others = [a for a in decision.alternatives if a.step is not None and a is not taken]
    saving = _saving(taken)
    milder = [a for a in others if _saving(a) < saving]
    harder = [a for a in others if _saving(a) > saving]
    parts = []
    if milder:
        a = max(milder, key=_saving)
        parts.append(f"{_text(a)} ({a.effect.loss:.2g}) saves less")
    if harder:
        a = min(harder, key=_saving)
        parts.append(f"{_text(a)} ({a.effect.loss:.2g}) was not needed")
    return "; ".join([text, *parts])


def _saving(alternative: Alternative) -> float:
    """Return the bytes saved, as a sum of shares of layers, and a little for MACs."""
    effect = alternative.effect
    return sum(1 - f for f in effect.flash.values()) + 0.01 * sum(1 - f for f in effect.macs.values())


def _text(alternative: Alternative) -> str:
    assert alternative.step is not None
    return alternative.step.text()
