"""Memories of boards against the memory maps of pyOCD's targets, for the chips that it has."""

from __future__ import annotations

import re

import pytest

from tests.targets import svd
from toolchain import targets

FILES = {"microbit-v1": "target_nRF51822_xxAA.py", "microbit-v2": "target_nRF52833_xxAA.py",
         "arduino-nano33ble": "target_nRF52840_xxAA.py", "nucleo-h743zi": "target_STM32H743xx.py"}
#: Memories that pyOCD's map leaves out.
ELSEWHERE = {"axi_sram"}
_REGION = re.compile(r"(Flash|Ram)Region\((?:\s*name=\"\w+\",)?\s*start=([\w]+),\s*length=([\w]+)")


@pytest.mark.parametrize("name", sorted(FILES))
def test_memories_lie_in_those_of_the_chip(name: str) -> None:
    archive = svd.archive()
    if archive is None:
        pytest.skip("pyOCD, which brings the memory maps, is not installed")
    text = (archive.parents[2] / "target" / "builtin" / FILES[name]).read_text(encoding="utf-8")
    regions = [(kind.lower(), int(start, 0), int(start, 0) + int(length, 0))
               for kind, start, length in _REGION.findall(text)]
    merged: list[tuple[str, int, int]] = []
    for kind, start, end in sorted(regions):
        if merged and merged[-1][0] == kind and merged[-1][2] == start:
            merged[-1] = (kind, merged[-1][1], end)
        else:
            merged.append((kind, start, end))
    for memory in targets.boards()[name].memory:
        if memory.name in ELSEWHERE:
            continue
        end = memory.origin + memory.size_bytes
        assert any(kind == memory.kind and low <= memory.origin and end == high for kind, low, high in merged), \
            f"{memory.name} of {name}: {memory.origin:#x} to {end:#x}, pyOCD has {merged}"
