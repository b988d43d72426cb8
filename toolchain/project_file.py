"""The project file: toolchain.toml -> Project. Nothing of the user's is run until ``Project.load``.

Raises: UsageError that names file, table and key, lists the valid keys and shows a line that works.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from toolchain import metrics, user_code
from toolchain.budget import Budget
from toolchain.data import Data, Draw, arrays, check_shapes, copied, samples
from toolchain.errors import ModelError, UsageError
from toolchain.ir import Array
from toolchain.maven import Coordinates
from toolchain.metrics import Metric
from toolchain.numerics import Precision
from toolchain.project import Model, Project, identifier

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover
    import tomli as tomllib

FILE = "toolchain.toml"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _ProjectTable(_Strict):
    name: str


class _ModelTable(_Strict):
    factory: str
    input_shapes: list[list[int]]
    precision: Literal["int8", "float32"] = "int8"
    threads: int = 1


class _DataTable(_Strict):
    calibration: str
    evaluation: str | None = None
    training: str | None = None
    augment: str | None = None
    metric: str = "accuracy"


class _BudgetTable(_Strict):
    flash: str | int | None = None
    weights: str | int | None = None
    ram: str | int | None = None
    latency: str | None = None
    max_drop: str | float | None = None


class _CompressTable(_Strict):
    techniques: list[str] | None = None


class _VerifyTable(_Strict):
    vectors: int | Literal["all"] = 32


class _AndroidTable(_Strict):
    group: str = Coordinates.group
    version: str = Coordinates.version


class _File(_Strict):
    project: _ProjectTable
    model: _ModelTable
    data: _DataTable
    budget: _BudgetTable = Field(default_factory=_BudgetTable)
    compress: _CompressTable = Field(default_factory=_CompressTable)
    verify: _VerifyTable = Field(default_factory=_VerifyTable)
    android: _AndroidTable = Field(default_factory=_AndroidTable)


def read(folder: Path) -> Project:
    """Return the project of a folder with a toolchain.toml; its code is not run yet."""
    path = folder / FILE
    if not path.is_file():
        raise UsageError(
            f"no {FILE} in {folder}",
            [],
            [
                "toolchain new NAME makes a project that builds",
                "toolchain build MODEL.pt2 --calibration X.npz builds a model without one",
            ],
        )
    parsed = _parse(path)
    name = identifier(parsed.project.name, f"{path}: [project] name")
    for index, shape in enumerate(parsed.model.input_shapes):
        if not shape or min(shape) < 1 or shape[0] != 1:
            raise UsageError(
                f"input shape {shape} must start with a batch of 1 and hold positive numbers",
                [("where", f"{path}: [model] input_shapes[{index}]")],
                "input_shapes = [[1, 1, 8, 8]]",
            )
    if not parsed.model.input_shapes:
        raise UsageError("the model has no input shape", [("where", f"{path}: [model] input_shapes")])
    if parsed.verify.vectors != "all" and parsed.verify.vectors < 1:
        raise UsageError(
            f"{parsed.verify.vectors} vectors verify nothing",
            [("where", f"{path}: [verify] vectors")],
            'a number, or "all"',
        )
    budget = Budget(**parsed.budget.model_dump(), where={k: f"{path}: [budget] {k}" for k in _BudgetTable.model_fields})
    for key in ("calibration", "evaluation", "training", "augment"):
        if (reference := getattr(parsed.data, key)) is not None:
            user_code.split_reference(reference, f"{path}: [data] {key}")
    user_code.split_reference(parsed.model.factory, f"{path}: [model] factory")
    techniques = None if parsed.compress.techniques is None else tuple(parsed.compress.techniques)
    return Project(
        name=name,
        source=f"{FILE}: {parsed.model.factory}",
        metric=_metric(parsed.data.metric, folder, path),
        load=lambda: _load_project(folder, path, parsed),
        budget=budget,
        techniques=techniques,
        vectors=parsed.verify.vectors,
        precision=Precision(parsed.model.precision),
        threads=parsed.model.threads,
        maven=Coordinates(parsed.android.group, parsed.android.version, f"{path}: [android]"),
    )


def _parse(path: Path) -> _File:
    try:
        return _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except UnicodeDecodeError as exc:
        raise UsageError(f"{path} is not UTF-8 text: byte {exc.start}") from exc
    except tomllib.TOMLDecodeError as exc:
        raise UsageError(
            f"{path} is not valid TOML: {exc}", [], "strings need quotes, tables start with [name]"
        ) from exc
    except ValidationError as exc:
        raise _explain(path, exc) from exc


def _explain(path: Path, error: ValidationError) -> UsageError:
    """Return one problem that pydantic found, in the terms of the file: a misspelt key rather than the one it hides."""
    problem = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    names = [str(part) for part in problem["loc"]]
    table = _File.model_fields[names[0]].annotation if names[0] in _File.model_fields else None
    key = names[1] if len(names) > 1 else ""
    where = f"{path}: [{names[0]}]" + (f" {key}" if key else "")
    if problem["type"] == "extra_forbidden":
        valid = list(getattr(table, "model_fields", {})) if key else list(_File.model_fields)
        near = difflib.get_close_matches(names[-1], valid, n=1, cutoff=0.4)
        kind = "key" if key else "table"
        return UsageError(
            f"unknown {kind} '{names[-1]}' in {FILE}", [("where", where), ("valid", ", ".join(valid))], near
        )
    if problem["type"] == "missing":
        kind = "key" if key else "table"
        return UsageError(f"{FILE} lacks its {kind} '{names[-1]}'", [("where", where)], _EXAMPLES.get(names[-1], ()))
    return UsageError(
        f"'{problem['input']}' does not fit {key or names[0]}: {problem['msg'].lower()}",
        [("where", where)],
        _EXAMPLES.get(key, ()),
    )


_EXAMPLES: Mapping[str, str] = {
    "project": '[project]\nname = "digits"',
    "name": 'name = "digits"',
    "model": '[model]\nfactory = "model:build"\ninput_shapes = [[1, 1, 8, 8]]',
    "factory": 'factory = "model:build"',
    "input_shapes": "input_shapes = [[1, 1, 8, 8]]",
    "data": '[data]\ncalibration = "data:calibration"',
    "calibration": 'calibration = "data:calibration"',
    "evaluation": 'evaluation = "data:evaluation"',
    "training": 'training = "data:training"',
    "augment": 'augment = "data:augment"',
    "metric": 'metric = "accuracy"',
    "flash": 'flash = "32KiB"',
    "weights": 'weights = "16KiB"',
    "ram": 'ram = "8KiB"',
    "latency": 'latency = "5ms"',
    "max_drop": 'max_drop = "1%"',
    "techniques": 'techniques = ["quantize"]',
    "vectors": "vectors = 32",
    "threads": "threads = 2",
    "group": 'group = "com.example.models"',
    "version": 'version = "1.2.0"',
}


def _metric(name: str, folder: Path, path: Path) -> Metric:
    where = f"{path}: [data] metric"
    if ":" not in name:
        return metrics.get(name, where)
    user_code.split_reference(name, where)

    def score(outputs: Any, targets: Array) -> float:
        with user_code.importable(folder), user_code.guard(name, where):
            return float(user_code.resolve(name, where)(outputs, targets))

    return Metric(name, score, whole=True)


def _load_project(folder: Path, path: Path, parsed: _File) -> tuple[Model, Data]:
    def call(reference: str, where: str) -> Any:
        with user_code.guard(reference, where):
            return user_code.resolve(reference, where)()

    with user_code.importable(folder):
        where = f"{path}: [model] factory"
        module = call(parsed.model.factory, where)
        if not callable(getattr(module, "forward", None)):
            raise ModelError(
                f"'{parsed.model.factory}' returned {type(module).__name__}, not a torch.nn.Module", [("where", where)]
            )
        count = len(parsed.model.input_shapes)
        calibration = arrays(
            call(parsed.data.calibration, f"{path}: [data] calibration"), f"{path}: [data] calibration"
        )
        labelled = {
            key: None
            if reference is None
            else samples(call(reference, f"{path}: [data] {key}"), f"{path}: [data] {key}")
            for key, reference in (("evaluation", parsed.data.evaluation), ("training", parsed.data.training))
        }
    import torch

    shapes = [tuple(s) for s in parsed.model.input_shapes]
    training = labelled["training"]
    if training is not None and parsed.data.augment is not None:
        training = replace(training, draw=_draw(training.inputs, parsed.data.augment, folder, path))
    data = Data(calibration, labelled["evaluation"], training)
    check_shapes(data, shapes, str(path))
    examples = tuple(torch.from_numpy(calibration[i][:1].copy()) for i in range(count))
    return Model(f"{FILE}: {parsed.model.factory}", module=module, example_inputs=examples), data


def _draw(inputs: tuple[Array, ...], reference: str, folder: Path, path: Path) -> Draw:
    """Return the project's augmentation of these inputs: called with them and a generator of random numbers."""
    where = f"{path}: [data] augment"

    def draw(rng: np.random.Generator) -> tuple[Array, ...]:
        with user_code.importable(folder), user_code.guard(reference, where):
            given = tuple(x.copy() for x in inputs)
            found = user_code.resolve(reference, where)(given[0] if len(given) == 1 else given, rng)
        return copied(found, inputs, where)

    return draw
