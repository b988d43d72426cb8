"""What verify and profile do with a phone (--adb): the program goes there, runs, and is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolchain import profile, verify
from toolchain.report import units
from toolchain.runners.adb import open_phone

if TYPE_CHECKING:
    from toolchain.artifacts import Profile, Verification
    from toolchain.build_directory import Build, Vectors
    from toolchain.report import Report

#: Inferences that are timed: a phone changes its clock, and is interrupted.
RUNS = 20


def verification(build: Build, vectors: Vectors, serial: str) -> Verification:
    """Return the comparison on the phone of this serial number; empty: the only one."""
    with open_phone(build.firmware, build.target, serial) as phone:
        hash_ = str(build.manifest["model_hash"])
        result, _ = verify.verify(phone, build.program, vectors.inputs, vectors.outputs, model_hash=hash_)
    return result


def measurement(build: Build, serial: str, runs: int | None) -> tuple[Profile, list[tuple[str, str]]]:
    """Return nanoseconds of several runs, and what the phone says of itself."""
    with open_phone(build.firmware, build.target, serial, runs or RUNS) as phone:
        inputs = [x[0] for x in build.vectors.inputs]
        first = profile.profile(phone, build.program, inputs, model_hash=str(build.manifest["model_hash"]))
        assert phone.timing is not None
        return phone.timing.profile(first), phone.facts.rows(phone.timing.thermal)


def budget(report: Report, result: Profile) -> list[tuple[str, str]]:
    """Return whether the median keeps the latency of the build's budget, in words; nothing without one."""
    limit = report.budget.latency_us
    if limit is None or result.cycles is None:
        return []
    latency = result.cycles.median / 1000
    kept = "kept" if latency <= limit else "NOT kept"
    return [("budget", f"latency {units.time(latency)} of {units.time(limit)}: {kept}")]
