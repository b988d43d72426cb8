"""What is not here: USB devices, and tools, as small executables that record what they are asked."""

from __future__ import annotations

import json
import os
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from serial.tools import list_ports

from toolchain import targets, usb

STUBS = Path(__file__).with_name("stubs")


@dataclass
class Bus:
    """A USB bus without devices; ``plug`` adds one, in the way that Linux lists it."""

    sysfs: Path
    nodes: Path
    ports: list[SimpleNamespace]

    def plug(self, usb_id: str, serial: str = "", product: str = "", port: str = "", accessible: bool = True) -> None:
        address = 1 + len(list(self.sysfs.iterdir()))
        vendor, product_id = usb_id.split(":")
        folder, node = self.sysfs / f"1-{address}", self.nodes / "001" / f"{address:03d}"
        folder.mkdir()
        names = {"idVendor": vendor, "idProduct": product_id, "busnum": 1, "devnum": address, "product": product}
        for name, value in {**names, **({"serial": serial} if serial else {})}.items():
            (folder / name).write_text(f"{value}\n")
        if accessible:  # a file that is not there stands for one that may not be opened, also for root
            node.parent.mkdir(exist_ok=True)
            node.touch()
        if port:
            ids = {"vid": int(vendor, 16), "pid": int(product_id, 16)}
            self.ports.append(
                SimpleNamespace(device=port, serial_number=serial or None, product=product, description=product, **ids)
            )


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bus:
    """Return a bus in place of this computer's."""
    sysfs, nodes, ports = tmp_path / "sysfs", tmp_path / "nodes", list[SimpleNamespace]()
    sysfs.mkdir()
    nodes.mkdir()
    monkeypatch.setattr(usb, "SYSFS", sysfs)
    monkeypatch.setattr(usb, "NODES", nodes)
    monkeypatch.setattr(list_ports, "comports", lambda: ports)
    return Bus(sysfs, nodes, ports)


@dataclass
class Tools:
    """A PATH that holds nothing but stubs; ``mode`` of one: ok, or how it fails (stubs/)."""

    folder: Path

    def install(self, name: str, mode: str = "ok", board: str = "nucleo-f446re") -> None:
        flash = targets.boards()[board].flash
        (self.folder / "chip").write_text(
            hex(flash.chip.value) if flash is not None and flash.chip is not None else "0"
        )
        stub = self.folder / name
        stub.write_text(f"#!{sys.executable} -S\n" + (STUBS / f"{name.replace('-', '_')}.py").read_text())
        stub.chmod(0o755)
        (self.folder / f"{name}.mode").write_text(mode)

    def calls(self, name: str) -> list[list[str]]:
        """Return the arguments of each call of a tool."""
        log = self.folder / f"{name}.calls"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.is_file() else []


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    """Return a PATH without tools."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(STUBS), str(Path(__file__).parents[2]), sysconfig.get_path("purelib")])
    )
    return Tools(folder)
