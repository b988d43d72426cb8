"""The report of a build: report.json, typed. The field names are a contract (schema.json beside this file).

Units: in the names; accuracies and drops are fractions, errors (mse) are what they are. A time is ``measured``,
       ``simulated`` or ``estimated``, always said.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from toolchain.errors import UsageError

SCHEMA_VERSION = 1
Record = TypeVar("Record")
Number: TypeAlias = float  # ``Accuracy`` has a field named float


@dataclass(frozen=True)
class ModelFacts:
    """The model as captured; ``live_macs`` leaves out multiplications by a zero weight."""

    source: str
    parameters: int
    macs: int
    live_macs: int


@dataclass(frozen=True)
class TargetFacts:
    """What the firmware was built for and with."""

    name: str
    core: str
    board: str
    clock_hz: int
    compiler: str


@dataclass(frozen=True)
class Accuracy:
    """The metric of the float model, of the integer reference, and of the device on its ``device_samples`` vectors."""

    metric: str
    float: Number | None
    compressed: Number | None
    device: Number | None
    samples: int
    device_samples: int


@dataclass(frozen=True)
class Size:
    """Bytes as linked. Flash is everything in it; RAM is arena + .data + .bss + stack.

    For an ABI of Android, ``library`` names the stripped shared library whose file flash_bytes is the size of.
    """

    flash_bytes: int
    weights_bytes: int
    code_bytes: int
    app_bytes: int
    ram_bytes: int
    arena_bytes: int
    stack_bytes: int
    data_bytes: int
    bss_bytes: int
    arena_lower_bound_bytes: int
    library: str = ""


@dataclass(frozen=True)
class Processor:
    """Instructions of one inference, and of each layer, on one of a target's processors; None where not counted."""

    name: str
    instructions: int | None
    layers: tuple[int | None, ...]


@dataclass(frozen=True)
class CoreEstimate:
    """Cycles of one inference, and of each layer, on a core: of the instructions that ``processor`` executed.

    ``tool`` estimated them, from its model of the core's pipeline: caches and memory are not in them.
    """

    core: str
    processor: str
    tool: str
    cycles: int
    layers: tuple[int, ...]
    source: str = "estimated"

    @property
    def label(self) -> str:
        """Return what the figure is to be called."""
        return f"{self.source} ({self.tool.split()[0]}, {self.core})"


@dataclass(frozen=True)
class Speed:
    """One inference; None where the runner cannot count. ``processors``: of a target with several, the first first.

    ``estimates`` of cycles on cores that were not there; ``no_estimate`` says why one is missing that should be.
    """

    cycles: int | None
    instructions: int | None
    latency_us: float | None
    source: str
    error_band: str
    processors: tuple[Processor, ...] = ()
    estimates: tuple[CoreEstimate, ...] = ()
    no_estimate: str = ""


@dataclass(frozen=True)
class BudgetResult:
    """The limits that were asked for, None without one, and whether all hold; ``drop`` is the loss against float.

    ``advice``: what the search found out about limits that do not hold.
    """

    flash_bytes: int | None
    ram_bytes: int | None
    latency_us: float | None
    max_drop: float | None
    met: bool
    drop: float | None = None
    advice: tuple[str, ...] = ()
    weights_bytes: int | None = None


@dataclass(frozen=True)
class VerificationResult:
    """Device outputs against the integer reference."""

    runner: str
    vectors: int
    elements: int
    differing_elements: int
    max_difference_lsb: int
    first_bad_layer: str | None
    processors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layer:
    """One step of the program."""

    name: str
    op: str
    kernel: str
    shape: tuple[int, ...]
    macs: int
    live_macs: int
    weights_bytes: int
    bits: int
    sparsity: float
    cycles: int | None
    instructions: int | None
    sqnr_db: float | None
    reason: str
    activation_bits: int = 8


@dataclass(frozen=True)
class Compression:
    """One compression that was applied."""

    technique: str
    layer: str
    config: Mapping[str, Any]
    flash_saved_bytes: int
    cycles_saved: int | None
    accuracy_after: float | None
    reason: str = ""


@dataclass(frozen=True)
class ClassAccuracy:
    """Share of a class's samples that are classified rightly, by the float model and by the compressed one."""

    label: int
    samples: int
    before: float
    after: float


@dataclass(frozen=True)
class Disturbance:
    """Accuracy under a disturbance: ``level`` is noise relative to the inputs' spread, or the share of bits flipped."""

    level: float
    before: float | None
    after: float


@dataclass(frozen=True)
class Checks:
    """What a metric does not tell of a compressed classifier, on evaluation data.

    ``ece``: expected calibration error. ``agreement``: share of samples with the float model's class. ``saliency``:
    mean cosine of the two models' input gradients; None without gradients.
    """

    samples: int
    classes: tuple[ClassAccuracy, ...]
    ece_before: float
    ece_after: float
    agreement: float
    noise: tuple[Disturbance, ...]
    bit_flips: tuple[Disturbance, ...]
    saliency: float | None


@dataclass(frozen=True)
class ArenaBuffer:
    """Bytes [offset, offset + size_bytes) of the arena, in use from the first to the last step."""

    name: str
    offset: int
    size_bytes: int
    first_step: int
    last_step: int


@dataclass(frozen=True)
class Region:
    """One memory of the board: its size, the bytes that the firmware takes of it, and what they are."""

    name: str
    size_bytes: int
    used_bytes: int
    holds: tuple[str, ...]


@dataclass(frozen=True)
class Memory:
    """The arena over time; ``peak_step`` is the step that needs the most, -1 the writing of the inputs."""

    peak_step: int
    buffers: tuple[ArenaBuffer, ...]
    regions: tuple[Region, ...] = ()


@dataclass(frozen=True)
class RejectedKernel:
    """A kernel that was considered for a layer and not chosen."""

    layer: str
    kernel: str
    reason: str


@dataclass(frozen=True)
class Report:
    """Everything known about a build; ``save`` and ``load`` are report.json."""

    schema_version: int
    name: str
    command: str
    rounding: str
    model: ModelFacts
    target: TargetFacts
    accuracy: Accuracy
    size: Size
    speed: Speed
    budget: BudgetResult
    verification: VerificationResult
    memory: Memory
    layers: tuple[Layer, ...]
    rejected: tuple[RejectedKernel, ...]
    compression: tuple[Compression, ...]
    checks: Checks | None = None

    def to_json(self) -> str:
        """Return the text of report.json."""
        return json.dumps(dataclasses.asdict(self), indent=2, allow_nan=False) + "\n"

    def save(self, path: Path) -> None:
        """Write report.json."""
        path.write_text(self.to_json(), encoding="utf-8")


def load(path: Path) -> Report:
    """Return the report of a build directory or of a report.json; UsageError when there is none or it is not one."""
    file = path / "report.json" if path.is_dir() else path
    if not file.is_file():
        raise UsageError(f"no report at {path}", [("looked for", str(file))], "toolchain build --target T makes one")
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as exc:
        raise UsageError(f"{file} is not JSON: {exc}") from exc
    if problem := schema_problem(data):
        raise UsageError(f"{file} is not a report of schema version {SCHEMA_VERSION}: {problem}", [], "build again")
    return _parse(data)


def schema() -> dict[str, Any]:
    """Return the JSON schema of report.json."""
    text = Path(__file__).with_name("schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def schema_problem(data: Any) -> str | None:
    """Return the first way in which ``data`` breaks the schema; None when it does not."""
    import jsonschema

    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema()).iter_errors(data))
    return None if error is None else f"{error.json_path}: {error.message}"


def _parse(data: Mapping[str, Any]) -> Report:
    memory = data["memory"]
    return Report(
        schema_version=data["schema_version"],
        name=data["name"],
        command=data["command"],
        rounding=data["rounding"],
        model=_record(ModelFacts, data["model"]),
        target=_record(TargetFacts, data["target"]),
        accuracy=_record(Accuracy, data["accuracy"]),
        size=_record(Size, data["size"]),
        speed=_speed(data["speed"]),
        budget=_record(BudgetResult, data["budget"]),
        verification=_record(VerificationResult, data["verification"]),
        memory=Memory(memory["peak_step"], _records(ArenaBuffer, memory["buffers"]),
                      _records(Region, memory.get("regions", []))),
        layers=_records(Layer, data["layers"]),
        rejected=_records(RejectedKernel, data["rejected"]),
        compression=_records(Compression, data["compression"]),
        checks=_checks(data.get("checks")),
    )


def _speed(data: Mapping[str, Any]) -> Speed:
    parts: dict[str, Any] = {
        "processors": _records(Processor, data.get("processors", [])),
        "estimates": _records(CoreEstimate, data.get("estimates", [])),
    }
    return dataclasses.replace(_record(Speed, data), **parts)


def _checks(data: Mapping[str, Any] | None) -> Checks | None:
    if data is None:
        return None
    parts: dict[str, Any] = {
        "classes": _records(ClassAccuracy, data["classes"]),
        "noise": _records(Disturbance, data["noise"]),
        "bit_flips": _records(Disturbance, data["bit_flips"]),
    }
    return dataclasses.replace(_record(Checks, data), **parts)


def _record(kind: type[Record], data: Mapping[str, Any]) -> Record:
    """Return a record of the keys that it knows: a later version may have added some."""
    names = {f.name for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in data.items() if k in names})


def _records(kind: type[Record], rows: list[Mapping[str, Any]]) -> tuple[Record, ...]:
    return tuple(_record(kind, row) for row in rows)
