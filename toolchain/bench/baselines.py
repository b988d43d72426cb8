"""baselines.toml: what others need for the reference networks, what is to be reached, and where the benchmark runs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from toolchain.targets import Strict

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover
    import tomli as tomllib

#: core -> figure -> network -> value
Figures = Mapping[str, Mapping[str, Mapping[str, int]]]


class Baselines(Strict):
    """The file's contents; ``peers`` is by the name of whose figures they are."""

    cores: tuple[str, ...]
    layer_cores: tuple[str, ...]
    examples: tuple[str, ...]
    small: tuple[str, ...]
    macs: Mapping[str, int]
    goals: Figures
    peers: Mapping[str, Figures]

    def goal(self, core: str, figure: str, network: str) -> int | None:
        """Return the value to reach; None without one."""
        return self.goals.get(core, {}).get(figure, {}).get(network)

    def peer(self, name: str, core: str, figure: str, network: str) -> int | None:
        """Return what one of the others needs; None where it is not known."""
        return self.peers.get(name, {}).get(core, {}).get(figure, {}).get(network)

    def best(self, core: str, figure: str, network: str) -> int | None:
        """Return the least that any of the others needs; None where nothing is known."""
        known = [self.peer(name, core, figure, network) for name in self.peers]
        return min((value for value in known if value is not None), default=None)


@cache
def load() -> Baselines:
    """Return the file beside this module."""
    path = Path(__file__).with_name("baselines.toml")
    return Baselines.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
