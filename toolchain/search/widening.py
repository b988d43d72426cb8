"""More accuracy where the budget has room: activations of 16 bits for the layers that need them.

    need(layer) = |y - y_but|^2 - |y - y_16|^2

with y the float outputs, y_16 those of the network all in int16, y_but those where this layer alone is int8. (One layer
alone in int16 between int8 ones gains nothing: what it writes is rounded to int8 again.) Layers are ranked by need; the
first quarter, the first half and all of them are tried.

Shapes: outputs [N, ...], summed over all of them.
Source: bits by measured sensitivity: Dong et al., "HAWQ" (ICCV 2019), section 3, here with the outputs themselves.
"""

from __future__ import annotations

import math

import numpy as np

from toolchain.compress import technique
from toolchain.compress.evaluate import evaluate
from toolchain.compress.quantize import QuantizeConfig, quantize
from toolchain.data import Data
from toolchain.ir import Array, Graph
from toolchain.ops.execute import run_float
from toolchain.search.alternatives import Alternative, Decision, Effect
from toolchain.search.recipe import Recipe, Step

TECHNIQUE = "int16_activations"
#: Samples that a need is measured on.
SAMPLES = 64
#: Shares of the layers that are widened.
SHARES = (0.25, 0.5, 1.0)


def widenings(graph: Graph, data: Data) -> tuple[list[Recipe], list[Decision]]:
    """Return recipes that give 16 bits to the layers that need them, fewest first, and the loss without each layer."""
    found = technique.get(TECHNIQUE)
    steps = [Step(TECHNIQUE, site, found.choices(graph, site)[0]) for site in found.sites(graph)]
    inputs = [x[:SAMPLES] for x in data.calibration]
    wanted = run_float(graph, inputs)
    without = [_error(wanted, graph, inputs, {s.site: s.config for s in steps if s is not but}) for but in steps]
    order = np.argsort([-e for e in without], kind="stable").tolist()
    sizes = dict.fromkeys(math.ceil(share * len(steps)) for share in SHARES)
    recipes = [Recipe(tuple(steps[i] for i in sorted(order[:size]))) for size in sizes if size]
    decisions = [Decision(s.site, (Alternative(None, Effect(e)), Alternative(s, Effect(0.0))))
                 for s, e in zip(steps, without, strict=True)]
    return recipes, decisions


def _error(wanted: list[Array], graph: Graph, inputs: list[Array], layers: dict[str, object]) -> float:
    """Return the squared error of the outputs relative to their energy."""
    config = QuantizeConfig(bias_correction=False, layers=layers)  # type: ignore[arg-type]
    got = evaluate(quantize(graph, inputs, config), inputs)
    energy = sum(float(np.square(y, dtype=np.float64).sum()) for y in wanted)
    return sum(float(np.square(y - z, dtype=np.float64).sum()) for y, z in zip(wanted, got, strict=True)) / (
        energy or 1.0)
