"""One row per compression technique: what it does alone to accuracy, flash and cycles, before and after fine-tuning.

    python compare_techniques.py exercise_watch --target cortex-m4 [--epochs 12] [--only prune,cluster]

The technique is applied to every layer (or group of channels) at once, with one config for all; accuracy is that of the
integer reference on held-out data, flash and cycles are those of the linked firmware on the simulator. Prints Markdown.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from toolchain import compilers, costing, evaluation, frontend, passes, plan, project_file, targets
from toolchain.compress import finetune, technique
from toolchain.compress.evaluate import evaluate
from toolchain.compress.factorize import FactorizeConfig
from toolchain.compress.grids import WeightConfig
from toolchain.compress.layers import names
from toolchain.compress.prune import PruneConfig
from toolchain.compress.prune_branches import PruneBranchesConfig
from toolchain.compress.prune_channels import PruneChannelsConfig
from toolchain.compress.prune_layers import PruneLayersConfig
from toolchain.compress.quantize import QuantizeConfig, quantize
from toolchain.compress.replace_blocks import ReplaceBlocksConfig
from toolchain.compress.sparsify import SparsifyConfig
from toolchain.compress.training import TrainConfig
from toolchain.data import Data
from toolchain.errors import ModelError
from toolchain.ir import Binary, Codebook, Graph, Int2, Int4, Ternary
from toolchain.numerics import Rounding
from toolchain.ops.execute import run_float

Rows = list[tuple[str, str, object]]  # (text, technique, config or "smallest choice")

ROWS: Rows = [
    ("equalize", "equalize", None),
    *((f"quantize {text}", "quantize", WeightConfig(s, rounding="gptq")) for text, s in (
        ("4 bits, groups of 16", Int4(group=16)), ("4 bits", Int4()), ("2 bits", Int2()), ("ternary", Ternary()),
        ("binary", Binary()))),
    *((f"quantize {text}, AdaRound", "quantize", WeightConfig(s, rounding="adaround")) for text, s in (
        ("4 bits", Int4()), ("binary", Binary()))),
    ("int16_activations", "int16_activations", WeightConfig(activation_bits=16)),
    ("binary_activations", "binary_activations", None),
    ("cluster 16", "cluster", WeightConfig(Codebook(), rounding="gptq")),
    ("prune 50 % magnitude", "prune", PruneConfig(0.5)),
    ("prune 50 % magnitude, schedule", "prune", PruneConfig(0.5, epochs=12)),
    ("prune 50 % L0 gates", "prune", PruneConfig(0.5, score="l0")),
    ("prune 50 % entropy, lowest go", "prune", PruneConfig(0.5, score="entropy")),
    ("prune 50 % entropy, highest go", "prune", PruneConfig(0.5, score="entropy", drop="highest")),
    ("prune 50 % random", "prune", PruneConfig(0.5, score="random")),
    ("prune 2:4", "prune", PruneConfig(0.5, "nm", 2, 4)),
    ("prune 50 % blocks 1x4", "prune", PruneConfig(0.5, "blocks")),
    ("sparsify 50 % OBS", "sparsify", SparsifyConfig(0.5, "obs")),
    ("sparsify 50 % Wanda", "sparsify", SparsifyConfig(0.5, "wanda")),
    ("sparsify 50 % random", "sparsify", SparsifyConfig(0.5, "random")),
    ("sparsify 2:4 OBS", "sparsify", SparsifyConfig(0.5, "obs", "nm", 2, 4)),
    *((f"prune_channels 37 % {text}", "prune_channels", PruneChannelsConfig(0.375, name, drop, 4))
      for text, name, drop in (
          ("L1", "l1", "lowest"), ("L2", "l2", "lowest"), ("reach", "reach", "lowest"), ("Taylor", "taylor", "lowest"),
          ("L0 gates", "l0", "lowest"), ("entropy, lowest go", "entropy", "lowest"),
          ("entropy, highest go", "entropy", "highest"), ("random", "random", "lowest"))),
    ("prune_branches", "prune_branches", PruneBranchesConfig()),
    ("prune_layers, depthwise", "prune_layers", PruneLayersConfig()),
    *((f"factorize {m}, half", "factorize", m) for m in ("svd", "tucker2", "cp", "spatial")),
    ("replace_blocks separable x2", "replace_blocks", ReplaceBlocksConfig("separable", 2)),
    ("replace_blocks separable", "replace_blocks", ReplaceBlocksConfig("separable", 1)),
    ("replace_blocks pointwise", "replace_blocks", ReplaceBlocksConfig("pointwise")),
]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", type=Path)
    parser.add_argument("--target", default="cortex-m4")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    graph, data, accuracy = load(options.project)
    target = targets.load(options.target)
    cost = costing.cost_model(target, compilers.find(None, target), Rounding.DOUBLE, None, plan.Objective.LATENCY)
    print(f"{options.project.name}, {options.target}; float {accuracy(graph):.1f} %\n")
    print("| technique | after | fine-tuned | flash KiB | weights KiB | cycles |\n|---|---|---|---|---|---|")
    rows: Rows = [("int8", "", None), *ROWS]
    for text, name, config in rows:
        if options.only and name and name not in options.only.split(","):
            continue
        try:
            small, quantized = build(graph, data, name, config)
        except (ModelError, LookupError) as problem:
            print(f"| {text} | does not apply: {str(problem).splitlines()[0]} | | | | |", flush=True)
            continue
        after = accuracy(quantized)
        train = TrainConfig(epochs=options.epochs)
        tuned = finetune.finetune(graph, small, quantized, data, finetune.FinetuneConfig(train))
        spent = cost(tuned)
        kib = [f"{n / 1024:.1f}" for n in (spent.flash_bytes, spent.weights_bytes)]
        print(f"| {text} | {after:.1f} | {accuracy(tuned):.1f} | {kib[0]} | {kib[1]} | {spent.cycles / 1000:.0f} k |",
              flush=True)


def load(folder: Path) -> tuple[Graph, Data, Callable[[Graph], float]]:
    """Return the canonical graph, the data on the device, and a function from a graph to its accuracy in percent."""
    found = project_file.read(folder)
    model, data = found.load()
    graph = passes.canonicalise(frontend.capture(model.module, model.example_inputs, found.name))
    data = evaluation.on_device(graph, data)
    samples = data.evaluation
    if samples is None:
        raise SystemExit("the project has no evaluation data")

    def accuracy(other: Graph) -> float:
        run = evaluate if evaluation.is_integer(other) else run_float
        return 100 * found.metric(run(other, samples.inputs), samples.targets)

    return graph, data, accuracy


def build(graph: Graph, data: Data, name: str, config: object) -> tuple[Graph, Graph]:
    """Return the float graph and the quantised one after a technique at every site that takes the config."""
    if not name:
        return graph, quantize(graph, data.calibration)
    found = technique.get(name)
    configs = {site: c for site in found.sites(graph) if (c := fitting(found, graph, site, config)) is not None}
    if not configs:
        raise LookupError("no layer takes it")
    if found.level is technique.Level.WEIGHTS:
        return graph, found.apply(graph, configs, data)
    small = found.apply(graph, configs, data)
    stored = {s: WeightConfig(c.storage) for s, c in configs.items() if hasattr(c, "storage") and s in names(small)}
    return small, quantize(small, data.calibration, QuantizeConfig(layers=stored))


def fitting(found: technique.Technique, graph: Graph, site: str, config: object) -> object | None:
    """Return the config for a site; None where the site does not take it."""
    choices = found.choices(graph, site)
    if config is None:
        return choices[0] if choices else None
    if isinstance(config, str):  # a method of factorize: the rank of half of the weights
        ranks = [c for c in choices if isinstance(c, FactorizeConfig) and c.method == config and c.storage is None]
        return ranks[len(ranks) // 2] if ranks else None
    if isinstance(config, ReplaceBlocksConfig):
        return config if config in choices else None
    pattern = getattr(config, "pattern", None)
    if pattern is not None and not any(c.pattern == pattern for c in choices):
        return None
    if isinstance(config, WeightConfig) and not any(c.storage == config.storage for c in choices):
        return None
    return config


if __name__ == "__main__":
    main()
