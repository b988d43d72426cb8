"""What a compression technique is, and the list of all of them.

One technique = one file ``toolchain/compress/NAME.py`` that ends with ``TECHNIQUE = Technique(...)``; nothing else
lists techniques. A technique acts on sites: layers (names of nodes) or groups of channels that can only go together.

FLOAT techniques map a canonical float graph to another one. WEIGHTS techniques say how the weights of a layer are
stored: their configs are WeightConfig, one per layer, and ``quantize.quantize`` takes them all together in
``QuantizeConfig.layers``; ``apply`` of such a technique quantises the whole graph, the other layers to int8.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

from toolchain.data import Data
from toolchain.errors import UsageError, unknown_name
from toolchain.ir import Graph


class Level(str, Enum):
    """What a technique turns a canonical float graph into."""

    FLOAT = "float"  # another canonical float graph
    WEIGHTS = "weights"  # a quantised graph


@dataclass(frozen=True)
class Technique:
    """``sites`` lists what can be configured; ``choices`` returns the configs that make sense at a site, mildest first.

    ``apply(graph, configs, data)`` returns the new graph and leaves the old one alone; sites without a config stay as
    they are. It is deterministic: where it draws numbers, the config has a seed. ``data`` is in device layout. Of
    several techniques those of lower ``order`` come first: structure, then patterns of zeros, then storage.
    """

    name: str
    summary: str
    source: str
    config: type
    sites: Callable[[Graph], list[str]]
    choices: Callable[[Graph, str], list[Any]]
    apply: Callable[[Graph, Mapping[str, Any], Data], Graph]
    level: Level = Level.FLOAT
    order: int = 0

    def parameters(self) -> dict[str, str]:
        """Return the parameters of the config with their defaults, as text."""
        return {f.name: "" if f.default is dataclasses.MISSING else str(f.default)
                for f in dataclasses.fields(self.config)}


@cache
def registry() -> dict[str, Technique]:
    """Return every technique by name, in the order in which several are applied."""
    import toolchain.compress as package

    found = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
        technique = getattr(importlib.import_module(f"{package.__name__}.{module}"), "TECHNIQUE", None)
        if isinstance(technique, Technique):
            if technique.name != module:
                raise AssertionError(f"toolchain/compress/{module}.py defines technique {technique.name}")
            found[module] = technique
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))


def get(name: str) -> Technique:
    """Return the technique of this name; UsageError lists the valid ones."""
    if name not in registry():
        raise UsageError(*unknown_name("technique", name, registry()))
    return registry()[name]
