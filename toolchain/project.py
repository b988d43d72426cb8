"""What is built: a model, its data and what the build has to keep; from a model file with .npz data, or from Python.

``project_file`` reads the third form, a folder with a toolchain.toml.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from toolchain import metrics
from toolchain.budget import Budget
from toolchain.data import Data, Samples, arrays, inputs_of, read_npz, read_samples, samples
from toolchain.errors import UsageError
from toolchain.ir import Array, Graph
from toolchain.maven import Coordinates
from toolchain.metrics import Metric
from toolchain.numerics import Precision
from toolchain.program_file import graph_from_record

#: What a folder of a point of the Pareto front holds.
POINT = "point.json"
#: how many samples of the evaluation data are verified on the device
Vectors = int | Literal["all"]


@dataclass(frozen=True, eq=False)
class Model:
    """A model to capture: a module with example inputs, or a file (``path``) that torch.export or TFLite wrote.

    ``graph`` is one that was captured already, canonical or quantised; it takes its data in its own layout.
    ``quantized`` is what a search made of it (toolchain compress).
    """

    source: str
    path: Path | None = None
    module: Any = None
    example_inputs: tuple[Any, ...] = ()
    graph: Graph | None = None
    quantized: Graph | None = None


@dataclass(frozen=True, eq=False)
class Project:
    """A model, its data, and what the build has to keep. ``load`` runs the user's code, once."""

    name: str
    source: str
    metric: Metric
    load: Callable[[], tuple[Model, Data]]
    budget: Budget = field(default_factory=Budget)
    techniques: tuple[str, ...] | None = None
    vectors: Vectors = 32
    needs_torch: bool = True
    precision: Precision = Precision.INT8
    threads: int = 1
    maven: Coordinates = Coordinates()


def identifier(name: str, where: str) -> str:
    """Return ``name`` when it is a C identifier; UsageError otherwise."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise UsageError(f"name '{name}' is not a C identifier", [("where", where)], f'"{identifier_from(name)}"')
    return name


def identifier_from(text: str) -> str:
    """Return a C identifier made of a file's or class's name."""
    cleaned = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_").lower()
    return cleaned if cleaned[:1].isalpha() else f"model_{cleaned}".rstrip("_")


def from_file(
    model: Path,
    calibration: Path | None,
    evaluation: Path | None,
    training: Path | None,
    metric: str,
    precision: Precision = Precision.INT8,
) -> Project:
    """Return the project of a .pt2 or .tflite file; the arrays are read by ``load``."""
    if not model.is_file():
        raise UsageError(
            f"no model file {model}" if not model.is_dir() else f"{model} is a folder, not a model file",
            [],
            "toolchain build --project DIR builds a folder with a toolchain.toml" if model.is_dir() else (),
        )
    if model.suffix not in (".pt2", ".tflite"):
        raise UsageError(
            f"cannot read '{model.name}': a model file is a .pt2 (torch.export.save) or a .tflite",
            [],
            ['torch.export.save(torch.export.export(model.eval(), (example,)), "model.pt2")'],
        )
    if calibration is None and model.suffix == ".pt2" and precision is Precision.INT8:
        raise UsageError(
            f"{model.name} needs calibration data to be quantised",
            [],
            ["--calibration X.npz, holding an array x (float32, N first)", "--precision float32 needs none"],
        )

    def load() -> tuple[Model, Data]:
        x = (
            ()
            if calibration is None
            else inputs_of(read_npz(calibration, "--calibration"), f"{calibration} (--calibration)")
        )
        labelled = [
            None if p is None else read_samples(p, option)
            for p, option in ((evaluation, "--evaluation"), (training, "--training"))
        ]
        return Model(model.name, path=model), Data(x, labelled[0], labelled[1])

    return Project(
        identifier_from(model.stem),
        model.name,
        metrics.get(metric, "--metric"),
        load,
        needs_torch=model.suffix != ".tflite",
        precision=precision,
    )


def is_point(path: Path) -> bool:
    """Tell whether a folder is a point of ``toolchain compress``."""
    return (path / POINT).is_file()


def from_point(folder: Path) -> Project:
    """Return the project of a point of ``toolchain compress``: its graphs and data lie beside it."""
    try:
        facts = json.loads((folder / POINT).read_text(encoding="utf-8"))
        name, source, metric = (str(facts[key]) for key in ("name", "source", "metric"))
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise UsageError(f"cannot read {folder / POINT}: {exc!r}", [], "toolchain compress writes it") from exc

    def load() -> tuple[Model, Data]:
        front = folder.resolve().parents[1]
        graphs = [graph_from_record(_read_json(p)) for p in (front / "float.json", folder / "graph.json")]
        found = read_npz(front / "data.npz", "the front's data")
        calibration = tuple(found[k] for k in sorted(found, key=_number) if k.startswith("calibration"))
        inputs = tuple(found[k] for k in sorted(found, key=_number) if k.startswith("x"))
        evaluation = Samples(inputs, found["y"]) if inputs else None
        return Model(source, graph=graphs[0], quantized=graphs[1]), Data(calibration, evaluation)

    return Project(name, source, metrics.get(metric, str(folder / POINT)), load)


def _number(name: str) -> int:
    digits = re.sub(r"\D", "", name)
    return int(digits) if digits else 0


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise UsageError(f"cannot read {path}: {exc}", [], "toolchain compress writes it") from exc


def from_python(
    model: Any,
    example_inputs: Any,
    calibration: Any,
    evaluation: Any = None,
    training: Any = None,
    metric: str | Callable[[Any, Array], float] = "accuracy",
    name: str | None = None,
    budget: Budget | None = None,
    precision: Precision = Precision.INT8,
) -> Project:
    """Return the project of a torch.nn.Module; the arguments are those of ``toolchain.build``."""
    named = (
        metrics.get(metric, "metric")
        if isinstance(metric, str)
        else Metric(getattr(metric, "__name__", "metric"), metric, whole=True)
    )
    if calibration is None and precision is Precision.INT8:
        raise UsageError("no calibration data", [("where", "calibration")], 'precision="float32" needs none')
    examples = tuple(example_inputs) if isinstance(example_inputs, (tuple, list)) else (example_inputs,)
    kind = type(model).__name__

    def load() -> tuple[Model, Data]:
        data = Data(
            () if calibration is None else arrays(calibration, "calibration"),
            *(
                None if d is None else samples(d, key)
                for d, key in ((evaluation, "evaluation"), (training, "training"))
            ),
        )
        return Model(kind, module=model, example_inputs=examples), data

    return Project(
        identifier(name, "name") if name else identifier_from(kind),
        kind,
        named,
        load,
        budget or Budget(),
        precision=precision,
    )
