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
from toolchain.artifacts import Profile
from toolchain.build_directory import Build, open_build
from toolchain.errors import ToolchainError, VerificationError, format_error
from toolchain.farm.configuration import Entry
from toolchain.farm.results import Result, State


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
    """Yield the result, with what is known of it so far."""
    build = open_build(entry.build)
    vectors = build.vectors if entry.vectors is None else build.vectors.head(entry.vectors)
    result = replace(result, board=build.target.board.name)
    yield result
    with runners.open_device(build.firmware, build.target, entry.runner, entry.port) as client:
        if (fault := client.earlier_fault()) is not None:
            result = replace(result, warning=format_error(fault, "warning"))
            yield result
        begin = time.monotonic()
        compared, _ = verify.verify(
            client, build.program, vectors.inputs, vectors.outputs, model_hash=str(build.manifest["model_hash"])
        )
        result = replace(
            result,
            vectors=compared.vectors,
            differing_elements=compared.differing_elements,
            resent=client.statistics.resent,
            verify_s=time.monotonic() - begin,
        )
        yield result
        verify.require_equal(compared)
        begin = time.monotonic()
        runs = 1 if client.runner in ("simulator", "qemu") else entry.runs
        found = profile.repeated(client, build.program, [x[0] for x in vectors.inputs], runs=runs)
        yield replace(
            _profiled(result, found, build), resent=client.statistics.resent, profile_s=time.monotonic() - begin
        )


def _profiled(result: Result, found: Profile, build: Build) -> Result:
    cycles, clock_hz = found.cycles, build.target.board.clock_hz
    result = replace(
        result,
        counter=found.counter,
        source=found.first.source,
        runs=found.runs,
        stack_bytes=found.first.stack_bytes,
        stack_bound_bytes=build.firmware.sizes.stack_bytes,
    )
    if cycles is None:
        return result
    return replace(result, cycles=cycles.median, cycles_min=cycles.minimum, latency_us=cycles.median / clock_hz * 1e6)


def _terminate(number: int, frame: FrameType | None) -> None:
    """Unwind, so that an emulator goes too."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _terminate)
    print(json.dumps(asdict(serve(Entry.model_validate_json(sys.stdin.read())))))
