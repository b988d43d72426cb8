"""A stub phone: adb_stub.py as ``adb`` on PATH, with what a phone's shell has."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

STUB = Path(__file__).with_name("adb_stub.py")
_PROGRAMS = {
    "getprop": 'case "$1" in ro.product.cpu.abilist) echo arm64-v8a,armeabi-v7a,armeabi;; '
    'ro.product.model) echo "Stub 5";; ro.build.version.release) echo 14;; esac',
    "dumpsys": 'echo "IsStatusOverride: false"; echo "Thermal Status: 1"',
    "taskset": 'shift; exec "$@"',
}


@dataclass(frozen=True)
class StubPhone:
    """The folder that is the phone; ``log`` has the commands that it got."""

    root: Path
    patch: pytest.MonkeyPatch

    def set(self, name: str, value: str) -> None:
        """Set one of the stub's variables: states, cpu, full."""
        self.patch.setenv(f"STUB_{name.upper()}", value)

    @property
    def log(self) -> list[str]:
        """Return the commands, one a line."""
        return (self.root / "log").read_text().splitlines()

    def left_behind(self) -> list[Path]:
        """Return what lies in the phone's folder for temporary files."""
        return list((self.root / "tmp").iterdir())


def install(folder: Path, patch: pytest.MonkeyPatch) -> StubPhone:
    """Return a phone with a Cortex-A76 of its own; skip where it cannot run a program."""
    if shutil.which("qemu-aarch64") is None:
        pytest.skip("qemu-aarch64 is not installed")
    for name in ("bin", "tmp", "host"):
        (folder / name).mkdir(parents=True)
    for name, text in _PROGRAMS.items():
        _script(folder / "bin" / name, f"#!/bin/sh\n{text}\n")
    for core, khz in enumerate((1800000, 1800000, 2840000)):
        frequency = folder / f"cpus/cpu{core}/cpufreq/cpuinfo_max_freq"
        frequency.parent.mkdir(parents=True)
        frequency.write_text(f"{khz}\n")
    (folder / "cpuinfo").write_text("processor\t: 0\nFeatures\t: fp asimd aes asimddp\nCPU part\t: 0xd0b\n")
    _script(folder / "host" / "adb", f"#!/bin/sh\nexec {sys.executable} {STUB} \"$@\"\n")
    patch.setenv("PATH", f"{folder / 'host'}{os.pathsep}{os.environ['PATH']}")
    patch.delenv("ANDROID_SERIAL", raising=False)
    phone = StubPhone(folder, patch)
    for name, value in {"root": str(folder), "states": "PHONE1=device", "cpu": "cortex-a76", "full": ""}.items():
        phone.set(name, value)
    return phone


def _script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)
