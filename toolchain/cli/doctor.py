"""toolchain doctor: what is installed, what is missing, how to get it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import typer

from toolchain.cli._options import Json

if TYPE_CHECKING:
    from toolchain.usb import UsbDevice

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
    ("clang", "a third compiler (with the linker of ziglang)", "apt install clang"),
    ("gcc", "target host", "apt install gcc"),
    ("qemu-system-arm", "the boards mps2-... and mps3-...", "apt install qemu-system-arm"),
    ("qemu-aarch64", "running what is built for linux-arm64 and android-...", "apt install qemu-user"),
    ("llvm-mca", "estimates of cycles on Arm64 cores", "apt install llvm"),
    ("javac", "the classes of an AAR", "apt install default-jdk-headless"),
    ("adb", "phones: verify --adb, profile --adb", "apt install adb"),
)


def command(json: Json = False) -> None:
    """Say what is installed, what is missing and how to get it, and list serial ports and debug probes."""
    from toolchain import usb
    from toolchain.cli._console import print_json, print_rows

    found, ports, probes = [*_packages(), *_programs(), *_flashers()], _ports(), usb.probes()
    if json:
        listed = [{**asdict(p), "boards": p.boards} for p in probes]
        print_json({"found": [asdict(f) for f in found], "ports": ports, "probes": listed})
    else:
        rows = [("ok" if f.found else "missing", f.name, f.version if f.found else f.how, f.needed_for) for f in found]
        print_rows(("", "what", "version, or how to get it", "for"), rows)
        typer.echo(f"\nserial ports: {', '.join(ports) or 'none'}")
        typer.echo("probes and boot loaders: " + ("; ".join(map(_probe, probes)) or _none_found()))
        for line in usb.drivers():
            typer.echo(f"  driver of {line}")
        if closed := [p for p in probes if not p.accessible]:
            typer.echo("\n" + "\n\n".join(usb.access_hints(closed)))
    if not any(f.found for f in found if f.name in ("ziglang", "arm-none-eabi-gcc", "clang")):
        from toolchain.errors import ToolError

        raise ToolError(
            "no compiler for Cortex-M is installed", [], ["pip install ziglang", "apt install gcc-arm-none-eabi"]
        )


def _packages() -> list[Finding]:
    return [_package(*row) for row in PACKAGES]


def _package(module: str, package: str, purpose: str, how: str) -> Finding:
    found = importlib.util.find_spec(module) is not None
    return Finding(package, found, importlib.metadata.version(package) if found else "", purpose, how)


def _programs() -> list[Finding]:
    return [_program(*row) for row in PROGRAMS]


def _program(name: str, purpose: str, how: str) -> Finding:
    path = shutil.which(name)
    return Finding(name, path is not None, _version(path), purpose, how)


def _flashers() -> list[Finding]:
    from toolchain import flashers

    findings = []
    for flasher in flashers.registry().values():
        if not flasher.program:
            continue
        purpose = f"flashing through {flasher.needs}"
        if flasher.is_package:
            findings.append(_package(flasher.program, flasher.program, purpose, flasher.install))
        else:
            findings.append(_program(flasher.program, purpose, flasher.install))
    return findings


def _probe(device: UsbDevice) -> str:
    """Return one probe in words: what, on which board, which ports, and whether it may be opened."""
    facts = [str(device), *device.boards, *device.ports] + ([] if device.accessible else ["MAY NOT BE OPENED"])
    return ", ".join(facts)


def _none_found() -> str:
    from toolchain import usb

    if usb.lists_all():
        return "none on USB (is the cable one that carries data?)"
    return "none with a serial port; of others this system tells nothing"


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
