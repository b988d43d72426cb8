"""A build on disk: written beside its destination and renamed when whole, read by verify, profile, inspect and report.

An interruption or an error leaves what was there before. A folder that is not a build of this tool is never replaced.
Raises: UsageError for folders that cannot be read or written.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import platform
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from toolchain import __version__, program_file, targets
from toolchain.artifacts import Firmware, Sizes
from toolchain.errors import UsageError
from toolchain.ir import Array, Program
from toolchain.targets import Target

MANIFEST, PROGRAM, VECTORS = "manifest.json", "program.json", "vectors.npz"
_VERSIONED = ("numpy", "torch", "ziglang", "unicorn")


@dataclass(frozen=True, eq=False)
class Vectors:
    """Inputs and expected outputs, int8 in the device's layout, vectors on axis 0; one array per input and output."""

    inputs: tuple[Array, ...]
    outputs: tuple[Array, ...]

    def head(self, count: int) -> Vectors:
        """Return the first ``count`` vectors."""
        return Vectors(tuple(x[:count] for x in self.inputs), tuple(y[:count] for y in self.outputs))


class Staging:
    """A temporary folder (``path``) that becomes the destination; use ``staging``."""

    def __init__(self, path: Path, destination: Path) -> None:
        self.path, self.destination = path, destination

    def commit(self, destination: Path | None = None) -> Path:
        """Move the folder to its destination, in place of an older build there; return the destination."""
        final = destination or self.destination
        check_replaceable(final)
        old = (
            Path(tempfile.mkdtemp(prefix=f".{final.name}.old.", dir=final.parent)) / "build" if final.exists() else None
        )
        if old is not None:
            final.rename(old)
        self.path.rename(final)
        if old is not None:
            shutil.rmtree(old.parent)
        return final


@contextlib.contextmanager
def staging(destination: Path) -> Iterator[Staging]:
    """Yield a folder beside ``destination``; whatever is not committed at the end is removed."""
    destination = destination.absolute()
    check_replaceable(destination)
    made = [p for p in (destination.parent, *destination.parent.parents) if not p.exists()]
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        path = Path(tempfile.mkdtemp(prefix=f".{destination.name}.new.", dir=destination.parent))
    except OSError as exc:
        raise UsageError(
            f"cannot write to {destination.parent}: {exc.strerror}",
            [("for", str(destination))],
            "-o DIR with a folder that you may write to",
        ) from exc
    path.chmod(0o755)
    try:
        yield Staging(path, destination)
    finally:
        shutil.rmtree(path, ignore_errors=True)
        for parent in made:
            with contextlib.suppress(OSError):  # the build is there, or another one
                parent.rmdir()


def check_replaceable(destination: Path) -> None:
    """Raise UsageError when something is at ``destination`` that this tool did not make."""
    if not destination.exists():
        return
    if not destination.is_dir():
        raise UsageError(f"output {destination} is a file", [], "-o DIR")
    if any(destination.iterdir()) and not (destination / MANIFEST).is_file():
        raise UsageError(
            f"output folder {destination} holds something that is not a build: it will not be replaced",
            [],
            "-o with a new folder, or an earlier build",
        )


def write_manifest(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write manifest.json: the facts, versions, and the SHA-256 of every other file of the folder."""
    versions = {"toolchain": __version__, "python": platform.python_version()}
    for package in _VERSIONED:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[package] = importlib.metadata.version(package)
    files = {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != MANIFEST
    }
    data = {"manifest_version": 1, **facts, "versions": versions, "files": files}
    (folder / MANIFEST).write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def write_vectors(folder: Path, vectors: Vectors) -> None:
    """Write vectors.npz, the same bytes for the same arrays."""
    named = {f"input{i}": x for i, x in enumerate(vectors.inputs)} | {
        f"output{i}": y for i, y in enumerate(vectors.outputs)
    }
    np.savez_compressed(folder / VECTORS, **named)  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False)
class Build:
    """A build directory, opened."""

    folder: Path
    manifest: Mapping[str, Any]
    target: Target
    program: Program
    vectors: Vectors
    firmware: Firmware


def open_build(folder: Path) -> Build:
    """Return the build in a folder; UsageError that names what is missing or damaged."""
    manifest = _read_manifest(folder)
    program = program_file.load(folder / PROGRAM)
    elf = folder / "firmware.elf"
    if not elf.is_file():
        raise UsageError(f"build {folder} has no firmware", [("looked for", str(elf))], "build again")
    try:
        sizes = Sizes(**manifest["sizes"])
        target = targets.load(manifest["target"])
    except (KeyError, TypeError) as exc:
        raise UsageError(f"{folder / MANIFEST} lacks {exc}", [], "build again with this version of the tool") from exc
    image_map = folder / "firmware.map"
    firmware = Firmware(elf, image_map if image_map.is_file() else None, sizes, str(manifest.get("compiler", "")))
    return Build(folder, manifest, target, program, _read_vectors(folder / VECTORS), firmware)


def _read_manifest(folder: Path) -> Mapping[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise UsageError(
            f"{folder} is not a build directory",
            [("looked for", str(path))],
            "toolchain build --target T -o DIR makes one",
        )
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as exc:
        raise UsageError(f"cannot read {path}: {exc}", [], "build again") from exc
    if not isinstance(data, dict):
        raise UsageError(f"{path} holds no manifest", [], "build again")
    return data


def _read_vectors(path: Path) -> Vectors:
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as exc:
        raise UsageError(f"cannot read {path}: {exc}", [], "build again") from exc
    sides = (
        tuple(arrays[k] for k in sorted(arrays, key=lambda k: (len(k), k)) if k.startswith(side))
        for side in ("input", "output")
    )
    return Vectors(*sides)
