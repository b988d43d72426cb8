"""A phone as verify and profile see a device: the build's program is pushed, run on files, and removed.

Units:  nanoseconds of the phone's monotonic clock, where a board has cycles.
Source: docs/android.md; codegen_templates/app/host/tc_bench.h (the program's arguments); Android developers' guide,
        "Thermal API" (status), signal(7) (132 = 128 + SIGILL).
"""

from __future__ import annotations

import contextlib
import re
import secrets
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from toolchain.artifacts import Firmware, LayerProfile, Profile, RunResult, Spread
from toolchain.errors import TargetError, ToolError, UsageError, VerificationError
from toolchain.ir import Array, Program
from toolchain.runners.adb import bridge
from toolchain.runners.adb.bridge import Bridge
from toolchain.targets import Target

PLACE = "/data/local/tmp"
ILLEGAL_INSTRUCTION = 132
#: Bytes of inputs that are pushed at a time.
CHUNK_BYTES = 4 << 20
_THERMAL = ("none", "light", "moderate", "severe", "critical", "emergency", "shutdown")
_CORES = "/sys/devices/system/cpu/cpu[0-9]*"
_FREQUENCIES = f'for c in {_CORES}; do echo "$c $(cat $c/cpufreq/cpuinfo_max_freq 2>/dev/null)"; done'
OnResult = Callable[[int, tuple[Array, ...]], None]


@dataclass(frozen=True)
class Facts:
    """What a phone says of itself; ``core`` is the fastest, None where it cannot be pinned."""

    model: str
    android: str
    features: str
    core: int | None
    core_khz: int | None

    def rows(self, thermal: tuple[str, str]) -> list[tuple[str, str]]:
        """Return what belongs beside a measurement, in words."""
        speed = "" if self.core_khz is None else f", up to {self.core_khz / 1e6:.2f} GHz"
        core = "not pinned" if self.core is None else f"pinned to {self.core}{speed}"
        return [("phone", f"{self.model}, Android {self.android}"), ("core", core),
                ("thermal", f"{thermal[0]} before, {thermal[1]} after"), ("features", self.features or "not known")]


@dataclass(frozen=True, eq=False)
class Timing:
    """Nanoseconds of several runs: ``layers`` [run, layer], one by one, and ``whole`` [run]; heat before and after."""

    layers: Array
    whole: Array
    thermal: tuple[str, str]

    def profile(self, first: RunResult) -> Profile:
        """Return the spread of the runs, beside the result of the first."""
        spreads = [Spread(int(ns.min()), int(np.sort(ns)[(len(ns) - 1) // 2])) for ns in (self.whole, *self.layers.T)]
        return Profile(first, "clock of the phone, ns", len(self.whole), spreads[0], tuple(spreads[1:]))


class Phone:
    """A device (runners.base.Device) on the other end of adb, with the program in a folder of its own."""

    runner, source, error_band = "adb", "measured", ""

    def __init__(self, adb: Bridge, folder: str, runs: int) -> None:
        self.adb, self.folder, self.runs = adb, folder, runs
        self.facts = _facts(adb)
        self.processor = self.facts.model
        self.timing: Timing | None = None  # of the last profile
        self._dumped: tuple[bytes, int, bytes] | None = None

    def require_model(self, program: Program, model_hash: str | None = None) -> None:
        """Raise VerificationError unless the program that was pushed is of this model."""
        said = self._info()
        has, wants = (said["layers"], said["arena"]), (str(len(program.steps)), str(program.arena_bytes))
        if has != wants or model_hash not in (None, said["hash"]):
            raise VerificationError(f"the program on {self.processor} is of another model",
                                    [("it has", f"hash {said['hash']}, {has[0]} layers, {has[1]} bytes of arena"),
                                     ("expected", program.graph.name)], "toolchain build, and this again")
        if program.threads > 1:
            self.facts = replace(self.facts, core=None)  # several threads on one core would wait for each other

    def run_vectors(self, inputs: Sequence[Array], output_shapes: Sequence[Sequence[int]], start: int = 0,
                    on_result: OnResult | None = None) -> None:
        """Run the vectors from ``start`` on (per model input [V, ...]); ``on_result(index, outputs)`` hears of each."""
        step = max(1, CHUNK_BYTES // max(1, sum(x[0].nbytes for x in inputs)))
        kind = np.dtype([(f"o{i}", np.int8, tuple(shape)) for i, shape in enumerate(output_shapes)])
        for first in range(start, len(inputs[0]), step):
            chunk = range(first, min(first + step, len(inputs[0])))
            data = b"".join(x[v].tobytes() for v in chunk for x in inputs)
            found = np.frombuffer(self._files("run", data, len(chunk) * kind.itemsize), kind)
            for row, vector in enumerate(chunk):
                if on_result is not None:
                    on_result(vector, tuple(found[f"o{i}"][row] for i in range(len(output_shapes))))

    def infer(self, inputs: Sequence[Array], output_shapes: Sequence[Sequence[int]]) -> tuple[tuple[Array, ...], int]:
        """Return the outputs of one inference, and the median of its nanoseconds."""
        found: list[tuple[Array, ...]] = []
        self.run_vectors([x[np.newaxis] for x in inputs], output_shapes, on_result=lambda _, y: found.append(y))
        return found[0], int(np.median(self._measure(inputs).whole))

    def profile(self, inputs: Sequence[Array]) -> list[LayerProfile]:
        """Return the median nanoseconds of every layer."""
        timing = self.timing or self._measure(inputs)
        return [LayerProfile(int(ns), None) for ns in np.median(timing.layers, axis=0)]

    def dump(self, inputs: Sequence[Array], layer: int, offset: int, size: int) -> bytes:
        """Return arena bytes [offset, offset + size) as they are after ``layer`` of an inference on ``inputs``."""
        data = b"".join(x.tobytes() for x in inputs)
        if self._dumped is None or self._dumped[:2] != (data, layer):
            self._dumped = (data, layer, self._files(f"dump {layer}", data, offset + size))
        return self._dumped[2][offset : offset + size]

    def stack(self) -> None:
        """Return None: a program of Linux does not know its stack."""

    def _measure(self, inputs: Sequence[Array]) -> Timing:
        before = _thermal(self.adb)
        layers = int(self._info()["layers"])
        data = self._files(f"profile {self.runs}", b"".join(x.tobytes() for x in inputs), 8 * self.runs * (layers + 1))
        ns = np.frombuffer(data, "<u8").reshape(self.runs, layers + 1)
        self.timing = Timing(ns[:, :-1], ns[:, -1], (before, _thermal(self.adb)))
        return self.timing

    def _files(self, command: str, inputs: bytes, expected_bytes: int) -> bytes:
        """Run a command of the program that reads inputs from a file and writes one; return what it wrote."""
        with tempfile.TemporaryDirectory(prefix="toolchain-adb-") as name:
            local = Path(name) / "data"
            local.write_bytes(inputs)
            self.adb.push(local, f"{self.folder}/in")
            self._bench(f"{command} in out")
            self.adb.pull(f"{self.folder}/out", local)
            data = local.read_bytes()
        if len(data) < expected_bytes:
            raise ToolError(f"{self.processor} answered {len(data)} of {expected_bytes} bytes", [("command", command)],
                            "free some of /data on the device")
        return data

    def _info(self) -> dict[str, str]:
        """Return what the program says of its model, by name."""
        said = dict(line.split(" ", 1) for line in self._bench("info").splitlines() if " " in line)
        if missing := {"hash", "layers", "arena"} - set(said):
            raise ToolError(f"the program on {self.processor} does not say its {', '.join(sorted(missing))}", [],
                            "build again with this version of the tool")
        return said

    def _bench(self, arguments: str) -> str:
        pinned = f"taskset {1 << self.facts.core:x} " if self.facts.core is not None else ""
        command = f"cd {self.folder} && {pinned}./bench {arguments}"
        answer = self.adb.shell(command)
        if answer.code == ILLEGAL_INSTRUCTION:
            raise ToolError(f"the program uses an instruction that {self.processor} does not have (SIGILL)",
                            [("features", self.facts.features or "not known"), ("command", command)],
                            "toolchain build with the --target of this device")
        if answer.code:
            what = f"the program on {self.processor} ended with code {answer.code}"
            raise self.adb.failure(what, answer.text, command)
        return answer.text


@contextlib.contextmanager
def open_phone(firmware: Firmware, target: Target, serial: str | None = None, runs: int = 20) -> Iterator[Phone]:
    """Yield the phone with the program of a build on it, which is removed at the end; ``runs`` inferences are timed.

    Raises UsageError for a build that is not Android's, TargetError for another ABI, ToolError as in bridge.py.
    """
    if target.core.android is None:
        raise UsageError(f"{target.name} is not an ABI of Android", [("where", "--adb")], "--target android-arm64")
    adb = bridge.connect(serial)
    abis = adb.require("getprop ro.product.cpu.abilist")
    if target.core.android.abi not in abis.split(","):
        raise TargetError(f"{adb.serial} does not run {target.core.android.abi}", [("it runs", abis or "not known")],
                          "toolchain targets lists the others")
    folder = f"{PLACE}/toolchain-{secrets.token_hex(4)}"
    try:
        adb.require(f"mkdir {folder}")
        adb.push(firmware.elf, f"{folder}/bench")
        adb.require(f"chmod 755 {folder}/bench")
        yield Phone(adb, folder, runs)
    finally:
        with contextlib.suppress(ToolError):  # what went wrong before is what is to be said
            adb.shell(f"rm -rf {folder}")


def _facts(adb: Bridge) -> Facts:
    cpu = adb.shell("cat /proc/cpuinfo").text
    features = re.search(r"^(?:Features|flags)\s*:\s*(.*)$", cpu, re.MULTILINE)
    core, khz = None, None
    if adb.shell("command -v taskset").code == 0:
        found = re.findall(r"/cpu(\d+) (\d+)$", adb.shell(_FREQUENCIES).text, re.MULTILINE)
        if found:
            khz, core = max((int(f), int(c)) for c, f in found)
    return Facts(model=adb.require("getprop ro.product.model") or adb.serial,
                 android=adb.require("getprop ro.build.version.release"), features=features[1] if features else "",
                 core=core, core_khz=khz)


def _thermal(adb: Bridge) -> str:
    """Return the thermal status in words: Android has it from version 10 on."""
    found = re.search(r"Thermal Status: (\d)", adb.shell("dumpsys thermalservice").text)
    return _THERMAL[int(found[1])] if found and int(found[1]) < len(_THERMAL) else "not known"
