"""The table of docs/verification.md: every fault of line and device on every port, with counts.

python -m tests.runners.fault_table BUILD [--qemu BUILD] [--vectors 10000] [--only PART]

BUILD is a build directory for a board of the simulator, that of --qemu for one of QEMU. The paced ports have the speed
of 115200 baud and five times the faults.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.runners.faults import Wrapper
from tests.runners.lines import IN_THE_DEVICE, ON_THE_LINE, FaultyLine, FaultyPort, PacedPort, terminal
from toolchain import runners
from toolchain.build_directory import Build, Vectors, open_build, write_vectors
from toolchain.cli._console import print_rows
from toolchain.errors import ToolError, VerificationError
from toolchain.runners import frames
from toolchain.runners.frames import Request
from toolchain.runners.protocol import Client

ALL = (*ON_THE_LINE, *IN_THE_DEVICE)
HEADER = ("port", "fault", "vectors", "faults", "resent", "begun again", "lost", "wrong", "result")
BAUD = 115200
HEADER_BYTES = 200  # of a journal, at most


@dataclass
class Row:
    """What became of the vectors of one run."""

    port: str
    fault: str
    vectors: int
    faults: int = 0
    resent: int = 0
    restarts: int = 0
    lost: int = 0
    wrong: int = 0
    result: str = ""

    def cells(self) -> tuple[str, ...]:
        numbers = (self.vectors, self.faults, self.resent, self.restarts, self.lost, self.wrong)
        return (self.port, self.fault, *(f"{n:,}" for n in numbers), self.result)


class OtherModelPort(Wrapper):
    """A device whose HELLO has another hash."""

    def read(self, size: int = 1) -> bytes:
        data = self.inner.read(size)
        while data and not data.endswith(b"\0"):
            data += self.inner.read(max(1, self.inner.in_waiting))
        out = b""
        for frame in frames.Decoder().feed(data):
            payload = bytearray(frame.payload)
            if frame.type == Request.HELLO | frames.ANSWER:
                payload[18] ^= 1  # of the hash's text
            out += frames.encode(frames.Frame(frame.version, frame.sequence, frame.type, bytes(payload)))
        return out


def repeated(vectors: Vectors, count: int) -> Vectors:
    """Return so many vectors, the same ones over and over."""
    index = np.arange(count) % len(vectors.inputs[0])
    return Vectors(tuple(x[index] for x in vectors.inputs), tuple(y[index] for y in vectors.outputs))


def run(row: Row, client: Client, vectors: Vectors, line: FaultyLine | None = None) -> Row:
    """Run the vectors and fill in the row."""
    done = np.zeros(row.vectors, dtype=bool)

    def keep(index: int, outputs: tuple[np.ndarray, ...]) -> None:
        done[index] = True
        row.wrong += any(not np.array_equal(a, b[index]) for a, b in zip(outputs, vectors.outputs, strict=True))

    try:
        client.run_vectors(vectors.inputs, [y.shape[1:] for y in vectors.outputs], on_result=keep)
        row.result = "all equal" if not row.wrong and done.all() else "WRONG"
    except ToolError as error:
        row.result = error.what
    row.lost = int((~done).sum())
    row.faults = sum(line.counts.values()) if line is not None else 0
    row.resent, row.restarts = client.statistics.resent, client.statistics.restarts
    return row


@contextlib.contextmanager
def opened(kind: str, build: Build, line: FaultyLine, timeout_s: float = 0.2) -> Iterator[Client]:
    """Yield a client on a faulty port: simulator, pseudo-terminal at 115200 baud, QEMU's socket at 115200 baud."""
    if kind == "pseudo-terminal":
        with (
            terminal(build.firmware.elf, build.target.board.name, BAUD, line) as device,
            Client(runners.open_port(device.port, BAUD), timeout_s=timeout_s, attempts=12) as client,
        ):
            yield client
        return
    with runners.open_device(build.firmware, build.target, kind, timeout_s=timeout_s) as client:
        client.port = FaultyPort(PacedPort(client.port, BAUD) if kind == "qemu" else client.port, line)
        client.attempts = 12
        yield client


def rows(kind: str, build: Build, count: int, probability: float) -> Iterator[Row]:
    """Yield a row for each fault alone on a tenth of the vectors, then for all together."""
    possible = tuple(k for k in ALL if kind != "qemu" or k != "brown-out at RUN")
    for kinds in (*((k,) for k in possible), possible):
        total = count if kinds == possible else max(1, count // 10)
        vectors = repeated(build.vectors, total)
        line = FaultyLine(kinds, probability, seed=len(kinds))
        with opened(kind, build, line) as client:
            client.device  # noqa: B018 (HELLO, so that the first fault meets a vector)
            yield run(Row(kind, kinds[0] if len(kinds) == 1 else "all together", total), client, vectors, line)


def final(build: Build) -> Iterator[Row]:
    """Yield the faults that end a run, as they must: another model, a device that hangs."""
    vectors = repeated(build.vectors, 20)
    with runners.open_device(build.firmware, build.target, "simulator") as client:
        client.port = OtherModelPort(client.port)
        row = Row("simulator", "another model's hash", 20, faults=1, lost=20)
        try:
            client.require_model(build.program, str(build.manifest["model_hash"]))
            row.result = "WRONG: accepted"
        except VerificationError:
            row.result = "refused, exit code 4"
        yield row
    line = FaultyLine((), 0)
    with runners.open_device(build.firmware, build.target, "simulator") as client:
        client.port = FaultyPort(client.port, line)
        client.device  # noqa: B018
        line.kinds, line.probability = ("no answer",), 1.0
        yield run(Row("simulator", "device hangs for good", 20), client, vectors, line)


def killed_host(build: Build, count: int, kills: int, probability: float) -> Row:
    """Return what becomes of ``toolchain verify`` that is killed again and again, on a line with all faults."""
    line = FaultyLine(ALL, probability, seed=9)
    row = Row("pseudo-terminal", f"all, host killed {kills} times", count)
    with (
        tempfile.TemporaryDirectory() as temporary,
        terminal(build.firmware.elf, build.target.board.name, 0, line) as device,
    ):
        folder, journal = Path(temporary) / "build", Path(temporary) / "journal"
        shutil.copytree(build.folder, folder)
        write_vectors(folder, repeated(build.vectors, count))
        command = [sys.executable, "-m", "toolchain", "verify", str(folder), "--port", device.port]
        command += ["--journal", str(journal)]
        record = sum(y[0].nbytes for y in build.vectors.outputs) + 4
        for kill in range(1, kills + 1):
            process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
            while not journal.exists() or journal.stat().st_size < HEADER_BYTES + record * kill * count // (kills + 1):
                time.sleep(0.02)
            process.kill()
            row.restarts += process.communicate()[1].count("goes on with vector")
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        row.lost = count if journal.exists() else 0
    row.faults = sum(line.counts.values())
    row.restarts += done.stderr.count("goes on with vector")
    row.result = done.stdout.strip() or done.stderr.strip()
    return row


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=Path, help="build directory for a board of the simulator")
    parser.add_argument("--qemu", type=Path, help="build directory for a board of QEMU")
    parser.add_argument("--vectors", type=int, default=1000)
    parser.add_argument("--paced", type=int, default=100, help="vectors on the ports with the pace of a line")
    parser.add_argument("--kills", type=int, default=3, help="how often the host is killed")
    parser.add_argument("--only", choices=("simulator", "pseudo-terminal", "qemu", "kills"))
    parser.add_argument("--probability", type=float, default=0.01)
    arguments = parser.parse_args()
    build = open_build(arguments.build)
    parts: dict[str, Callable[[], Iterable[Row]]] = {
        "simulator": lambda: [*rows("simulator", build, arguments.vectors, arguments.probability), *final(build)],
        "pseudo-terminal": lambda: rows("pseudo-terminal", build, arguments.paced, 5 * arguments.probability),
        "qemu": lambda: rows("qemu", open_build(arguments.qemu), arguments.paced, 5 * arguments.probability),
        "kills": lambda: [killed_host(build, arguments.vectors, arguments.kills, arguments.probability)],
    }
    wanted = [arguments.only] if arguments.only else [p for p in parts if p != "qemu" or arguments.qemu is not None]
    found = [row for part in wanted for row in parts[part]()]
    print_rows(HEADER, [row.cells() for row in found])


if __name__ == "__main__":
    main()
