"""Data for calibration, evaluation and training: arrays, pairs and .npz files, checked.

Shapes: as the model takes them in PyTorch, N samples on axis 0; a tuple of arrays, one per model input.
Raises: ModelError for arrays that do not fit, UsageError for files; both name the file or key.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from toolchain.errors import ModelError, UsageError
from toolchain.ir import Array

#: Returns a copy of a training set's inputs, disturbed as the project trains its network.
Draw = Callable[[np.random.Generator], tuple[Array, ...]]
#: Disturbed copies of a training set at most, and values in all of them together.
COPIES, VALUES = 24, 1 << 25


@dataclass(frozen=True, eq=False)
class Samples:
    """Arrays with N samples on axis 0: one per model input, and the labels or targets.

    ``groups`` says where each sample comes from (person, machine, session): what is held out is held out by group.
    ``draw`` makes disturbed copies of the inputs; ``copies`` are those that were made (``augmented``).
    """

    inputs: tuple[Array, ...]
    targets: Array
    groups: Array | None = None
    draw: Draw | None = None
    copies: tuple[tuple[Array, ...], ...] = ()

    def take(self, chosen: Array) -> Samples:
        """Return the samples of these indices, with their copies."""
        copies = tuple(tuple(x[chosen] for x in copy) for copy in self.copies)
        groups = None if self.groups is None else self.groups[chosen]
        return Samples(tuple(x[chosen] for x in self.inputs), self.targets[chosen], groups, None, copies)


@dataclass(frozen=True, eq=False)
class Data:
    """What the stages may look at. ``training`` turns fine-tuning on."""

    calibration: tuple[Array, ...]
    evaluation: Samples | None = None
    training: Samples | None = None


def augmented(data: Data, seed: int) -> Data:
    """Return the data with disturbed copies of the training inputs, where the project says how to make them."""
    training = data.training
    if training is None or training.draw is None or training.copies:
        return data
    rng = np.random.default_rng(seed)
    count = max(1, min(COPIES, VALUES // max(1, sum(x.size for x in training.inputs))))
    copies = tuple(training.draw(rng) for _ in range(count))
    return replace(data, training=replace(training, draw=None, copies=copies))


def read_npz(path: Path, option: str) -> Mapping[str, Array]:
    """Return the arrays of an .npz file that ``option`` named; no Python objects are unpickled."""
    if not path.is_file():
        raise UsageError(f"no data file {path}", [("where", option)])
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            raise UsageError(
                f"{path} is one array, not an .npz archive", [("where", option)], "np.savez(path, x=x, y=y)"
            )
        with loaded as archive:
            return {key: archive[key] for key in archive.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as exc:
        raise UsageError(
            f"cannot read {path}: {exc}", [("where", option)], "np.savez(path, x=x, y=y), without Python objects"
        ) from exc


def inputs_of(archive: Mapping[str, Array], where: str) -> tuple[Array, ...]:
    """Return the arrays of an archive: ``x``, or ``x0``, ``x1`` ... for several model inputs."""
    keys = ["x"] if "x" in archive else [f"x{i}" for i in range(len(archive)) if f"x{i}" in archive]
    if not keys:
        raise UsageError(
            "the data has no array x",
            [("where", where), ("has", ", ".join(archive) or "nothing")],
            "np.savez(path, x=x, y=y)",
        )
    return arrays(tuple(archive[k] for k in keys), where)


def read_samples(path: Path, option: str) -> Samples:
    archive, where = read_npz(path, option), f"{path} ({option})"
    if "y" not in archive:
        raise UsageError(
            "the data has no array y",
            [("where", where), ("has", ", ".join(archive) or "nothing")],
            "np.savez(path, x=x, y=y), with y the labels or targets",
        )
    groups = (archive["groups"],) if "groups" in archive else ()
    return samples((inputs_of(archive, where), archive["y"], *groups), where)


def arrays(value: Any, where: str) -> tuple[Array, ...]:
    """Return float32 arrays [N, ...] of one or several inputs (arrays or tensors); ModelError for anything else."""
    values = value if isinstance(value, (tuple, list)) else (value,)
    found = tuple(_array(v, where) for v in values)
    if not found or any(a.ndim < 2 for a in found):
        raise ModelError(
            "the data needs the samples on axis 0 and at least one more axis",
            [("where", where), ("has", ", ".join(str(a.shape) for a in found) or "nothing")],
        )
    if len({len(a) for a in found}) > 1:
        raise ModelError(f"the inputs have different numbers of samples: {[len(a) for a in found]}", [("where", where)])
    if not len(found[0]):
        raise ModelError("the data is empty: 0 samples", [("where", where)], "a hundred typical inputs calibrate well")
    return found


def _array(value: Any, where: str) -> Array:
    array = np.asarray(value.detach().cpu().numpy() if hasattr(value, "detach") else value)
    if not np.issubdtype(array.dtype, np.floating):
        raise ModelError(
            f"the data has dtype {array.dtype}, not float32",
            [("where", where)],
            "x.astype(np.float32), scaled as in training",
        )
    array = np.ascontiguousarray(array, dtype=np.float32)
    if bad := int(np.count_nonzero(~np.isfinite(array))):
        first = np.argwhere(~np.isfinite(array))[0].tolist()
        raise ModelError(
            f"the data holds {bad} values that are NaN or infinite", [("where", where), ("first", f"index {first}")]
        )
    return array


def samples(value: Any, where: str) -> Samples:
    """Return labelled samples of (x, y), or of (x, y, groups)."""
    if not isinstance(value, (tuple, list)) or len(value) not in (2, 3):
        raise ModelError(
            f"a pair (x, y) is expected, not {type(value).__name__}",
            [("where", where)],
            "or (x, y, groups) with an integer per sample",
        )
    inputs, raw = arrays(value[0], where), value[1]
    targets = np.asarray(raw.detach().cpu().numpy() if hasattr(raw, "detach") else raw)
    if not np.issubdtype(targets.dtype, np.number) and targets.dtype != np.bool_:
        raise ModelError(f"y has dtype {targets.dtype}: numbers are expected", [("where", where)])
    if targets.ndim < 1 or len(targets) != len(inputs[0]):
        raise ModelError(
            f"x has {len(inputs[0])} samples, y has {len(targets) if targets.ndim else 0}", [("where", where)]
        )
    if not np.isfinite(targets).all():
        raise ModelError("y holds NaN or infinite values", [("where", where)])
    return Samples(inputs, targets, _groups(value[2], len(targets), where) if len(value) == 3 else None)


def _groups(value: Any, count: int, where: str) -> Array:
    groups = np.asarray(value)
    if groups.shape != (count,) or groups.dtype.kind not in "iu":
        raise ModelError(
            f"groups has shape {groups.shape} and dtype {groups.dtype}: an integer per sample is expected",
            [("where", where), ("samples", str(count))],
        )
    return groups


def copied(value: Any, inputs: Sequence[Array], where: str) -> tuple[Array, ...]:
    """Return what an augmentation gave for ``inputs``; ModelError when the shapes differ."""
    found = arrays(value, where)
    if [x.shape for x in found] != [x.shape for x in inputs]:
        raise ModelError(
            f"the augmentation returned shapes {[x.shape for x in found]}, was given {[x.shape for x in inputs]}",
            [("where", where)],
            "one disturbed sample for each sample",
        )
    return found


def check_shapes(data: Data, shapes: Sequence[tuple[int, ...]], source: str) -> None:
    """Raise ModelError unless every array fits the model's input shapes (batch 1)."""
    parts = (
        ("calibration", data.calibration),
        ("evaluation", data.evaluation and data.evaluation.inputs),
        ("training", data.training and data.training.inputs),
    )
    for key, found in parts:
        if not found:
            continue
        if len(found) != len(shapes):
            raise ModelError(f"{key} has {len(found)} arrays, the model has {len(shapes)} inputs", [("where", source)])
        for index, (array, shape) in enumerate(zip(found, shapes, strict=True)):
            if array.shape[1:] != tuple(shape[1:]):
                raise ModelError(
                    f"{key} has shape {list(array.shape)}, input {index} of the model is {list(shape)}",
                    [("where", source)],
                    _moved_axis_hint(array.shape[1:], tuple(shape[1:])),
                )


def _moved_axis_hint(has: tuple[int, ...], needs: tuple[int, ...]) -> tuple[str, ...]:
    if len(has) == 3 and (has[2], has[0], has[1]) == needs:
        return ("x.transpose(0, 3, 1, 2): channels first, as PyTorch has it",)
    return ("x[:, None]: a channel axis",) if (1, *has) == needs else ()
