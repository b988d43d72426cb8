"""One row of docs/compression.md: a build within shares of what int8 takes, found by the search, next to int8 itself.

    python compression_figures.py exercise_watch --weights 0.333
    python compression_figures.py exercise_watch --latency 0.5 --max-drop 1%
    python compression_figures.py net.pt2 --weights 0.6 -- --calibration c.npz --evaluation e.npz

Builds int8 first; the limits on weights and latency are shares of int8's. What follows ``--`` goes to both builds.
Accuracies are those of the integer reference on evaluation data that the search never sees. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


def main() -> None:
    """Build twice and print the row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--weights", type=float)
    parser.add_argument("--latency", type=float)
    parser.add_argument("--max-drop", default="1%")
    parser.add_argument("--target", default="cortex-m4")
    parser.add_argument("-o", "--output", type=Path, default=Path("build"))
    given = [*sys.argv[1:], "--"]
    own = given.index("--")
    options = parser.parse_args(given[:own], argparse.Namespace(more=given[own + 1 : -1]))
    place = options.output / options.model.stem
    plain = build(options, place.with_name(f"{place.name}-int8"), [])
    budget = ["--max-drop", options.max_drop]
    if options.weights is not None:
        budget += ["--weights", str(int(options.weights * plain["size"]["weights_bytes"]))]
    if options.latency is not None:
        budget += ["--latency", f"{int(options.latency * plain['speed']['latency_us'])}us"]
    started = time.monotonic()
    small = build(options, place.with_name(f"{place.name}-{options.weights}-{options.latency}"), budget)
    minutes = (time.monotonic() - started) / 60
    print("| model | budget | weights | latency | float | int8 | compressed | minutes |\n" + "|---" * 8 + "|")
    compared = (("size", "weights_bytes"), ("speed", "latency_us"))
    ratios = [small[table][key] / plain[table][key] for table, key in compared]
    scores = [plain["accuracy"]["float"], plain["accuracy"]["compressed"], small["accuracy"]["compressed"]]
    shown = [options.model.stem, f"`{' '.join(budget)}`", *(f"{100 * r:.0f} %" for r in ratios),
             *(f"{100 * s:.1f}" for s in scores), f"{minutes:.0f}"]
    print(f"| {' | '.join(shown)} |")


def build(options: argparse.Namespace, place: Path, budget: list[str]) -> Any:
    """Return the report of a build; one that does not keep its budget has one as well."""
    what = ["--project", str(options.model)] if options.model.is_dir() else [str(options.model)]
    command = [sys.executable, "-m", "toolchain", "build", *what, "--target", options.target, "-o", str(place)]
    command += ["--json", *budget, *options.more]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode not in (0, 3):
        raise SystemExit(done.returncode)
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
