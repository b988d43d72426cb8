"""A .pt2 file, checked before torch sees it.

torch.export.load unpickles what an archive asks it to (pickled weights, script objects, sample inputs), parses symbolic
sizes with an evaluating parser and resolves operator names by attribute look-up from ``torch``: each runs code that the
file brings. So the archive is read here, refused when it needs any of that, and written anew in memory with the records
that were checked and nothing else; that copy is what torch loads.

Raises: ModelError that says what the file is and how to make a .pt2.
Source: torch/export/pt2_archive/_package.py and torch/_export/serde (PyTorch 2.13).
"""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from toolchain.errors import ModelError
from toolchain.frontend.interpreter import lower_program
from toolchain.frontend.quiet import quiet
from toolchain.ir import Graph

_HOW = "torch.export.save(torch.export.export(model.eval(), (x,)), 'model.pt2') with x of batch 1"
_SIGNATURES = (
    (b"\x80", 0, "a pickle (torch.save of torch 1.5 or older, or pickle.dump)"),
    (b"TFL3", 4, "a TensorFlow Lite model"),
    (b"\x89HDF", 0, "an HDF5 file (Keras weights)"),
    (b"ET12", 4, "an ExecuTorch program"),
    (b"\x7fELF", 0, "an ELF file"),
    (b"\x1f\x8b", 0, "a gzip archive"),
)
_ATEN = re.compile(r"torch\.ops\.aten\.(\w+)(\.\w+)?")
_HARMLESS = re.compile(r"torch\.ops\.higher_order\.\w+|_operator\.getitem")
_CUSTOM = re.compile(r"torch\.ops\.(?!aten\.|higher_order\.)(\w+)\.")
_KEPT = re.compile(r"(archive_format|archive_version|byteorder|models/model\.json|"
                   r"data/weights/(weight_\d+|model_weights_config\.json)|"
                   r"data/constants/(tensor_\d+|model_constants_config\.json))")


def load_pt2(path: str | Path) -> Graph:
    """Return the float graph of a file written by ``torch.export.save``; its name is the file's."""
    path = Path(path)
    records = read_archive(path)
    return lower_program(_load(path, records), re.sub(r"\W", "_", path.stem))


def read_archive(path: Path) -> dict[str, bytes]:
    """Return the records of a .pt2 archive that are safe to load, by their path inside the archive's root folder."""
    head = _head(path)
    if not head.startswith(b"PK"):
        kind = next((text for magic, at, text in _SIGNATURES if head[at:].startswith(magic)), "not a zip archive")
        raise _not_pt2(path, kind)
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            _check_kind(path, names)
            if (bad := archive.testzip()) is not None:
                raise _broken(path, f"record {bad} has a wrong checksum")
            records = {n.split("/", 1)[1]: archive.read(n) for n in names if "/" in n}
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, RuntimeError) as exc:
        raise _broken(path, str(exc)) from exc
    _check_safe(path, records)
    return {name: data for name, data in records.items() if _KEPT.fullmatch(name)}


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except IsADirectoryError as exc:
        raise ModelError(f"{path} is a folder, not a .pt2 file", hints=_HOW) from exc
    except FileNotFoundError as exc:
        raise ModelError(f"{path} does not exist", hints=_HOW) from exc
    except OSError as exc:
        raise ModelError(f"{path} cannot be read: {exc.strerror}") from exc
    if not head:
        raise ModelError(f"{path} is empty", hints=_HOW)
    return head


def _check_kind(path: Path, names: list[str]) -> None:
    """Raise ModelError unless the names are those of one exported program."""
    inner = {n.split("/", 1)[-1] for n in names}
    if "serialized_exported_program.json" in inner:
        raise _not_pt2(path, "an exported program in the format of torch 2.7 or older",
                       "load it with that torch, and save it again with torch 2.8 or newer")
    if "archive_format" not in inner:
        if "constants.pkl" in inner:
            raise _not_pt2(path, "a TorchScript archive (torch.jit.save)")
        if "data.pkl" in inner:
            raise _not_pt2(path, "a checkpoint or pickled module (torch.save)")
        raise _not_pt2(path, "a zip archive of something else")
    if len({n.split("/", 1)[0] for n in names}) != 1 or len(set(names)) != len(names):
        raise _broken(path, "its records are not in one folder, or not unique")
    if any(n.startswith("data/aotinductor/") for n in inner):
        raise _not_pt2(path, "a compiled package of AOTInductor")
    if "models/model.json" not in inner:
        raise _not_pt2(path, "a .pt2 archive without a program named model")


def _check_safe(path: Path, records: Mapping[str, bytes]) -> None:
    """Raise ModelError for an archive whose loading would unpickle or evaluate something."""
    if records["archive_format"].strip() != b"pt2":
        raise _not_pt2(path, "an archive of another format")
    for config in ("data/weights/model_weights_config.json", "data/constants/model_constants_config.json"):
        entries = _json(path, records, config).get("config")
        if not isinstance(entries, dict):
            raise _broken(path, f"{config} has no config")
        for name, entry in entries.items():
            folder, record = config.rsplit("/", 1)[0], str(entry.get("path_name"))
            if entry.get("use_pickle") or not _KEPT.fullmatch(f"{folder}/{record}"):
                raise ModelError(f"{path} holds {name} as a pickle, which could run code",
                                 [("record", f"{folder}/{record}")],
                                 "plain tensors as parameters and buffers; no tensor subclasses, no script objects")
            if f"{folder}/{record}" not in records:
                raise _broken(path, f"record {folder}/{record} of {name} is missing")
    program = _json(path, records, "models/model.json")
    for key, value in _walk(program):
        if key in ("as_expr", "expr_str") or (key == "range_constraints" and value):
            raise ModelError(f"{path} was exported with dynamic sizes", hints=f"without dynamic_shapes: {_HOW}")
        if key == "target" and isinstance(value, str):
            _check_target(path, value)


def _check_target(path: Path, target: str) -> None:
    """Raise ModelError for a call that is not a tensor operator of torch; names of parameters pass.

    What only TorchScript has (aten.save) and what reads files (aten.from_file) is no tensor operator.
    """
    import torch

    if (call := _ATEN.fullmatch(target)) is not None:
        overload = "" if call[2] in (None, ".default") else call[2]
        if call[1] != "from_file" and torch._C._dispatch_has_kernel(f"aten::{call[1]}{overload}"):
            return
    elif namespace := _CUSTOM.match(target):
        raise ModelError(f"{path} calls the custom operator {target}", [("namespace", namespace[1])],
                         "operators of torch itself: `toolchain ops` lists them")
    elif not target.startswith(("torch.", "_operator", "math", "#")) or _HARMLESS.fullmatch(target):
        return
    raise ModelError(f"{path} calls {target}, which is no tensor operator of torch", hints=_HOW)


def _json(path: Path, records: Mapping[str, bytes], name: str) -> dict[str, Any]:
    try:
        value = json.loads(records[name])
    except KeyError as exc:
        raise _broken(path, f"record {name} is missing") from exc
    except ValueError as exc:
        raise _broken(path, f"record {name} is not JSON: {exc}") from exc
    if not isinstance(value, dict):
        raise _broken(path, f"record {name} is not a JSON object")
    return value


def _walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield every (key, value) of nested JSON objects."""
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            yield from current.items()
            pending.extend(current.values())
        elif isinstance(current, list):
            pending.extend(current)


def _load(path: Path, records: Mapping[str, bytes]) -> Any:
    """Return the ExportedProgram of checked records; sample inputs are left empty."""
    import torch

    buffer = io.BytesIO()
    writer = torch._C.PyTorchFileWriter(buffer)
    for name, data in {**records, "data/sample_inputs/model.pt": b""}.items():
        if name != "byteorder":
            writer.write_record(name, data, len(data))
    writer.write_end_of_file()
    buffer.seek(0)
    try:
        with quiet():
            return torch.export.load(buffer)
    except (RuntimeError, ValueError, TypeError, LookupError, AttributeError, AssertionError) as exc:
        reason = str(exc).strip().splitlines() or [type(exc).__name__]
        raise ModelError(f"{path} cannot be loaded by torch {torch.__version__}: {reason[0]}",
                         hints=f"export it again with this version of torch: {_HOW}") from exc


def _not_pt2(path: Path, kind: str, hint: str = "") -> ModelError:
    return ModelError(f"{path} is {kind}, not an exported program (.pt2)",
                      hints=hint or f"load the model in Python, then {_HOW}")


def _broken(path: Path, reason: str) -> ModelError:
    return ModelError(f"{path} is damaged: {reason}", hints=f"copy it again, or write it again: {_HOW}")
