"""One board, in a process of its own: an Entry as JSON on standard input, its Result as JSON on standard output."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from types import FrameType

from toolchain import profile, runners, verify
from toolchain.artifacts import Verification
from toolchain.build_directory import Build, open_build
from toolchain.errors import ToolchainError, VerificationError, format_error
from toolchain.farm.configuration import Entry
from toolchain.farm.results import Result, State
from toolchain.runners.protocol import Client


def serve(entry: Entry) -> Result:
    """Return what becomes of the board: verified first, and profiled when that is right."""
    result = Result(entry.name, entry.place, State.PASSED)
    try:
        for known in _steps(entry, result):
            result = known  # kept when the next step breaks off
    except ToolchainError as error:
        state = State.FAILED if isinstance(error, VerificationError) else State.ERROR
        return replace(result, state=state, message=format_error(error), exit_code=error.exit_code)
    return result


def _steps(entry: Entry, result: Result) -> Iterator[Result]:
    """Yield the result, with what is known of it so far; of several processors the first is profiled, at the end."""
    build = open_build(entry.build)
    result = replace(result, board=build.target.board.name)
    yield result
    machines = runners.machines(build.target, entry.runner, entry.port)
    compared: list[Verification] = []
    for machine in reversed(machines):
        with runners.open_device(build.firmware, machine, entry.runner, entry.port) as client:
            if (fault := client.earlier_fault()) is not None:
                result = replace(result, warning=format_error(fault, "warning"))
                yield result
            result = _verified(entry, build, client, result, compared)
            yield result
            verify.require_equal(compared[0])
            if machine is machines[0]:
                yield _profiled(entry, build, client, result)


def _verified(entry: Entry, build: Build, client: Client, result: Result, compared: list[Verification]) -> Result:
    """Return the result with one more comparison, which is put before the ``compared`` ones."""
    begin = time.monotonic()
    vectors = build.vectors if entry.vectors is None else build.vectors.head(entry.vectors)
    model_hash = str(build.manifest["model_hash"])
    one, _ = verify.verify(client, build.program, vectors.inputs, vectors.outputs, model_hash=model_hash)
    compared.insert(0, one)
    together = verify.together(compared)
    return replace(
        result,
        vectors=together.vectors,
        differing_elements=together.differing_elements,
        resent=result.resent + client.statistics.resent,
        verify_s=result.verify_s + time.monotonic() - begin,
    )


def _profiled(entry: Entry, build: Build, client: Client, result: Result) -> Result:
    begin, before, clock_hz = time.monotonic(), client.statistics.resent, build.target.board.clock_hz
    runs = entry.runs if client.source == "measured" else 1
    found = profile.repeated(client, build.program, [x[0] for x in build.vectors.inputs], runs=runs)
    result = replace(
        result,
        counter=found.counter,
        source=found.first.source,
        runs=found.runs,
        stack_bytes=found.first.stack_bytes,
        stack_bound_bytes=build.firmware.sizes.stack_bytes,
        resent=result.resent + client.statistics.resent - before,
        profile_s=time.monotonic() - begin,
    )
    if (cycles := found.cycles) is None:
        return result
    return replace(result, cycles=cycles.median, cycles_min=cycles.minimum, latency_us=cycles.median / clock_hz * 1e6)


def _terminate(number: int, frame: FrameType | None) -> None:
    """Unwind, so that an emulator goes too."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _terminate)
    print(json.dumps(asdict(serve(Entry.model_validate_json(sys.stdin.read())))))
