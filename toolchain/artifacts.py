"""Frozen results that the stages after planning hand on: sources, firmware, run results, verification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from toolchain.ir import Array


@dataclass(frozen=True)
class SourceTree:
    """Generated and copied sources: relative path (``src/...`` the model, ``app/...`` the application) -> text.

    ``link`` lists the .c and .S files to compile, by relative path; ``linker_script`` is in ``files``; None on a host.
    ``library`` lists those of a shared library for Android; its native methods and classes lie in ``android/``.
    """

    files: Mapping[str, str]
    link: tuple[str, ...]
    linker_script: str | None = None
    library: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sizes:
    """Bytes as linked, read from the map file. ``code_bytes``: model, kernels and startup; ``app_bytes``: serial loop.

    ``stack_bytes`` is reserved for the whole application, by its static bound; ``inference_stack_bytes`` is that of one
    inference, without exceptions.
    """

    flash_bytes: int
    weights_bytes: int
    code_bytes: int
    app_bytes: int
    data_bytes: int
    bss_bytes: int
    stack_bytes: int
    arena_bytes: int
    inference_stack_bytes: int = 0

    @property
    def ram_bytes(self) -> int:
        """Arena + other .data and .bss + stack bound (``bss_bytes`` does not count the arena or the stack)."""
        return self.arena_bytes + self.data_bytes + self.bss_bytes + self.stack_bytes


@dataclass(frozen=True)
class Firmware:
    """A linked image: ``elf`` for a board (or the host executable), its map, sizes and the compiler that made it.

    ``library`` is the shared library that an app of Android takes; the sizes are its own.
    """

    elf: Path
    map: Path | None
    sizes: Sizes
    compiler: str
    sections: Mapping[str, int] = field(default_factory=dict)
    library: Path | None = None


@dataclass(frozen=True)
class Block:
    """Instructions [address, address + size_bytes) without a branch among them, executed ``count`` times."""

    address: int
    size_bytes: int
    count: int


@dataclass(frozen=True)
class LayerProfile:
    """Cycles and instructions of one step, in one inference; None where the runner cannot count them.

    ``blocks`` that were executed: from runners that tell, none from the others.
    """

    cycles: int | None
    instructions: int | None
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class CycleEstimate:
    """Cycles of each layer on a core, as ``tool`` (its name and version) estimates them from the executed blocks."""

    core: str
    tool: str
    layers: tuple[int, ...]


@dataclass(frozen=True)
class KernelCost:
    """What one call of a kernel costs: cycles, instructions, bytes of code of its layer, and code shared with others.

    ``shared`` has (file, bytes) of the functions that are linked once, however many layers and kernels call them.
    ``source`` tags the cycles.
    """

    cycles: int
    instructions: int
    layer_bytes: int
    shared: tuple[tuple[str, int], ...] = ()
    source: str = "simulated"

    @property
    def code_bytes(self) -> int:
        """Code of a firmware that has no other layer."""
        return self.layer_bytes + sum(size for _, size in self.shared)


@dataclass(frozen=True)
class RunResult:
    """What a device answered: outputs per model output, int8 [vector, ...], and the profile of one inference."""

    runner: str
    outputs: tuple[Array, ...]
    cycles: int | None = None
    instructions: int | None = None
    layers: tuple[LayerProfile, ...] = ()
    stack_bytes: int | None = None
    source: str = "measured"
    error_band: str = ""
    processor: str = ""  # empty where the target has one
    estimates: tuple[CycleEstimate, ...] = ()
    no_estimate: str = ""  # why there is none, where there should be some


@dataclass(frozen=True)
class Spread:
    """Cycles of the same work in several runs."""

    minimum: int
    median: int


@dataclass(frozen=True)
class Profile:
    """The same inference several times: the first run, what counted (``counter``), and the spread of the cycles.

    The median of an even number of runs is the lower one of the two in the middle, a figure that was measured.
    """

    first: RunResult
    counter: str
    runs: int
    cycles: Spread | None
    layers: tuple[Spread | None, ...]


@dataclass(frozen=True)
class Energy:
    """Joules of one inference (least and median of ``inferences`` in a trace) and of each layer (median).

    ``left_out``: inferences of another length or with missing samples. ``seconds``: median time of one. ``idle_w``:
    power between them, which the energies contain.
    """

    inferences: int
    left_out: int
    minimum_j: float
    median_j: float
    layers_j: tuple[float, ...]
    seconds: float
    idle_w: float


@dataclass(frozen=True)
class Verification:
    """Differences in LSB between a device and the integer reference; ``processors`` that were compared, if several."""

    runner: str
    vectors: int
    elements: int
    differing_elements: int
    max_difference_lsb: int = 0
    first_bad_layer: str | None = None
    detail: str = ""  # of the first difference: buffer, element, expected and got
    processors: tuple[str, ...] = ()
