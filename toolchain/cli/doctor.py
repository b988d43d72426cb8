"""toolchain doctor: what is installed, what is missing, how to get it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
from dataclasses import asdict, dataclass

import typer

from toolchain.cli._options import Json

PANEL, ORDER = "Look up", 5


@dataclass(frozen=True)
class Finding:
    """One thing that is there (``version``) or not; ``needed_for`` and ``how`` say why and how to get it."""

    name: str
    found: bool
    version: str
    needed_for: str
    how: str


PACKAGES = (
    ("torch", "torch", "models in PyTorch and .pt2 files", 'pip install "edge-toolchain[torch]"'),
    ("ziglang", "ziglang", "a compiler without anything to install by hand", "pip install ziglang"),
    ("unicorn", "unicorn", "the simulator", "pip install unicorn"),
    (
        "ai_edge_litert",
        "ai-edge-litert",
        "tests of model.tflite against TensorFlow Lite",
        'pip install "edge-toolchain[litert]"',
    ),
)
PROGRAMS = (
    ("arm-none-eabi-gcc", "the preferred compiler for Cortex-M", "apt install gcc-arm-none-eabi"),
    ("clang", "a third compiler (with lld)", "apt install clang lld"),
    ("gcc", "target host", "apt install gcc"),
    ("qemu-system-arm", "the boards mps2-... and mps3-...", "apt install qemu-system-arm"),
    ("qemu-aarch64", "running what is built for linux-arm64 and android-...", "apt install qemu-user"),
)


def command(json: Json = False) -> None:
    """Say what is installed, what is missing and how to get it, and list the serial ports."""
    from toolchain.cli._console import print_json, print_rows

    found, ports = [*_packages(), *_programs()], _ports()
    if json:
        print_json({"found": [asdict(f) for f in found], "ports": ports})
    else:
        rows = [("ok" if f.found else "missing", f.name, f.version if f.found else f.how, f.needed_for) for f in found]
        print_rows(("", "what", "version, or how to get it", "for"), rows)
        typer.echo(f"\nserial ports: {', '.join(ports) or 'none'}")
    if not any(f.found for f in found if f.name in ("ziglang", "arm-none-eabi-gcc", "clang")):
        from toolchain.errors import ToolError

        raise ToolError(
            "no compiler for Cortex-M is installed", [], ["pip install ziglang", "apt install gcc-arm-none-eabi"]
        )


def _packages() -> list[Finding]:
    findings = []
    for module, package, purpose, how in PACKAGES:
        found = importlib.util.find_spec(module) is not None
        version = importlib.metadata.version(package) if found else ""
        findings.append(Finding(package, found, version, purpose, how))
    return findings


def _programs() -> list[Finding]:
    return [
        Finding(name, (path := shutil.which(name)) is not None, _version(path), purpose, how)
        for name, purpose, how in PROGRAMS
    ]


def _version(path: str | None) -> str:
    """Return the first line of ``--version``."""
    import subprocess

    if path is None:
        return ""
    answer = subprocess.run([path, "--version"], capture_output=True, text=True, errors="replace", check=False).stdout
    return answer.splitlines()[0] if answer else path


def _ports() -> list[str]:
    from serial.tools import list_ports

    return sorted(port.device for port in list_ports.comports())
