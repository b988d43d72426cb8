"""Runs the boards of a farm, all at the same time, each in a process of its own."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed

from toolchain.errors import ToolError
from toolchain.farm.configuration import Entry, Farm
from toolchain.farm.results import Result, State

#: How long a process that was asked to end has for that, before it is killed.
GRACE_S = 10.0


def run(farm: Farm, on_result: Callable[[Result], None] = lambda result: None) -> list[Result]:
    """Return the results in the order of the file; ``on_result`` hears each when it is there."""
    with ThreadPoolExecutor(max_workers=len(farm.boards)) as pool:
        waiting = [pool.submit(_run, board) for board in farm.boards]
        for done in as_completed(waiting):
            on_result(done.result())
    return [one.result() for one in waiting]


def _run(entry: Entry) -> Result:
    begin = time.monotonic()
    command = [sys.executable, "-m", "toolchain.farm.worker"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            out, err = process.communicate(entry.model_dump_json(), timeout=entry.timeout_s)
        except subprocess.TimeoutExpired:
            _end(process)
            text = f"error: not done within {entry.timeout_s:g} s"
            return _error(entry, f"{text}\n  try  timeout_s in farm.toml, or fewer vectors", time.monotonic() - begin)
    if process.returncode:  # a bug of this tool or of a library: its traceback is the message
        return _error(entry, f"error: ended with code {process.returncode}\n{err.strip()}", time.monotonic() - begin)
    record = json.loads(out)
    return Result(**{**record, "state": State(record["state"])})


def _end(process: subprocess.Popen[str]) -> None:
    """Ask for an end, that emulators go too; then make one."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=GRACE_S)
        return
    process.kill()
    process.communicate()


def _error(entry: Entry, message: str, seconds: float) -> Result:
    return Result(entry.name, entry.place, State.ERROR, message, exit_code=ToolError.exit_code, verify_s=seconds)
