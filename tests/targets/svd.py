"""Registers of a chip, by absolute address, from a CMSIS-SVD file or from a table of facts in registers/.

Source: CMSIS-SVD description format 1.3: derivedFrom, dim, cluster; a field is bitOffset and bitWidth, lsb and msb, or
bitRange.
"""

from __future__ import annotations

import importlib.util
import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FACTS = Path(__file__).with_name("registers")
Element = ElementTree.Element


@dataclass
class Register:
    """One register: its peripheral, its name with those of its clusters, masks by field."""

    peripheral: str
    name: str
    fields: dict[str, int] = field(default_factory=dict)

    def mask(self, name: str) -> int | None:
        """Return the mask of a field; of its single bits where they are numbered (PLLM0, PLLM1 ...)."""
        if name in self.fields:
            return self.fields[name]
        bits = [m for n, m in self.fields.items() if re.fullmatch(re.escape(name) + r"_?\d+", n)]
        return sum(bits) if bits else None


Chip = dict[int, list[Register]]


def archive() -> Path | None:
    """Return pyOCD's archive of SVD files; None where pyOCD is not installed."""
    spec = importlib.util.find_spec("pyocd")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "debug" / "svd" / "svd_data.zip"
    return path if path.is_file() else None


@cache
def from_svd(name: str) -> Chip:
    """Return the registers of an SVD file of pyOCD's archive."""
    path = archive()
    assert path is not None
    with zipfile.ZipFile(path) as files, files.open(name) as stream:
        device = ElementTree.parse(stream).getroot()
    peripherals = {_text(p, "name"): p for p in device.iter("peripheral")}
    chip: Chip = {}
    for name, peripheral in peripherals.items():
        base, source = _number(_text(peripheral, "baseAddress")), peripheral
        if (registers := source.find("registers")) is None:
            registers = peripherals[peripheral.attrib["derivedFrom"]].find("registers")
        for address, register in _registers(registers, name, base, ""):
            chip.setdefault(address, []).append(register)
    return chip


@cache
def from_facts(name: str) -> Chip:
    """Return the registers of a table of facts: peripheral -> address, register -> offset and fields."""
    data = tomllib.loads((FACTS / name).read_text(encoding="utf-8"))
    chip: Chip = {}
    for peripheral, entries in data.items():
        if not isinstance(entries, dict):
            continue
        for name, entry in entries.items():
            if isinstance(entry, dict):
                fields = {k: (1 << v[1]) - 1 << v[0] for k, v in entry.items() if k != "offset"}
                register = Register(peripheral, name, fields)
                chip.setdefault(entries["address"] + entry["offset"], []).append(register)
    return chip


def _registers(parent: Element | None, peripheral: str, base: int, prefix: str) -> Iterator[tuple[int, Register]]:
    for element in parent if parent is not None else ():
        if element.tag not in ("register", "cluster"):
            continue
        for name, offset in _instances(element):
            if element.tag == "cluster":
                yield from _registers(element, peripheral, base + offset, f"{prefix}{name}")
            else:
                fields = dict(_field(f) for f in element.iter("field"))
                yield base + offset, Register(peripheral, prefix + name, fields)


def _instances(element: Element) -> Iterator[tuple[str, int]]:
    name, offset = _text(element, "name"), _number(_text(element, "addressOffset"))
    if element.find("dim") is None:
        yield name, offset
        return
    count, step = _number(_text(element, "dim")), _number(_text(element, "dimIncrement"))
    for index in range(count):
        yield name.replace("[%s]", str(index)).replace("%s", str(index)), offset + index * step


def _field(element: Element) -> tuple[str, int]:
    name = _text(element, "name")
    if (text := element.findtext("bitRange")) is not None:
        high, low = (int(n) for n in text.strip("[]").split(":"))
    elif (text := element.findtext("lsb")) is not None:
        low, high = int(text), int(_text(element, "msb"))
    else:
        low = _number(_text(element, "bitOffset"))
        high = low + _number(element.findtext("bitWidth") or "1") - 1
    return name, (1 << high - low + 1) - 1 << low


def _text(element: Element, tag: str) -> str:
    return (element.findtext(tag) or "").strip()


def _number(text: str) -> int:
    return int(text, 16) if text.lower().startswith("0x") else int(text)
