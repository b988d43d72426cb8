"""The benchmark: reference networks and single layers on every core, against the figures of others and our own before.

``run`` measures, ``table`` prints, ``changes`` compares with the rows that were committed (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from toolchain.bench import baselines, layers, networks
from toolchain.bench.regressions import Change, changes, compared
from toolchain.bench.rows import Bench, load
from toolchain.bench.table import table

__all__ = ["CHECKOUT", "Bench", "Change", "baselines", "changes", "compared", "load", "run", "table"]

#: The repository's top level, where examples and the committed rows lie; something else in an installation.
CHECKOUT = Path(__file__).resolve().parents[2]


def run(folder: Path, cores: Sequence[str], compiler: str | None, say: Callable[[str], None],
        only: Sequence[str] = ()) -> tuple[Bench, list[str]]:
    """Return the benchmark and a line for each build that failed.

    ``folder`` holds the networks; ``cores`` are all by default; ``only`` names the networks to measure, without single
    layers. ``say`` is told what is done.
    """
    known = baselines.load()
    chosen = tuple(cores) or known.cores
    found, missing = networks.find(folder, [CHECKOUT / "examples" / name for name in known.examples], known.small)
    rows, failures = networks.measure([n for n in found if not only or n.name in only], chosen, compiler, say)
    singles, skipped = ([], []) if only else layers.measure([c for c in known.layer_cores if c in chosen], compiler)
    say("single layers")
    return Bench(tuple(rows), tuple(singles), (*missing, *skipped)), failures
