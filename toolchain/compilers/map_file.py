"""Reads linker map files: which object put how many bytes into which section.

GNU ld:  `` .text.f        0x00000098       0x1c objects/src/a.o``, the name on a line of its own where it is long.
LLD:     ``VMA LMA Size Align`` and then ``objects/src/a.o:(.text.f)``, indented below its output section.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_GNU_START = "Linker script and memory map"
_GNU_INPUT = re.compile(r"^ (?P<section>[.\w$*]\S*)?\s+0x[0-9a-f]+\s+0x(?P<size>[0-9a-f]+) (?P<object>\S.*)$")
_GNU_OUTPUT = re.compile(r"^(?P<section>[.\w]\S*)(\s+0x[0-9a-f]+\s+0x[0-9a-f]+.*)?$")
_GNU_LONG_NAME = re.compile(r"^ (?P<section>\.\S+|COMMON)$")
_LLD_LINE = re.compile(r"^ *(?P<vma>[0-9a-f]+) +[0-9a-f]+ +(?P<size>[0-9a-f]+) +\d+ (?P<rest>.*)$")
_LLD_INPUT = re.compile(r"^ {8}(?P<object>\S.*):\((?P<section>[^()]+)\)$")
_ABSOLUTE = re.compile(r"(?<![\w.)])/(?:[^\s/:()]+/)+")


@dataclass(frozen=True)
class Contribution:
    """Bytes of one input section of one object (``archive.a(member.o)`` for a library's) in an output section."""

    output: str
    section: str
    object: str
    size_bytes: int


def parse(text: str) -> list[Contribution]:
    """Return every contribution with a size, in address order, from a map file of either linker."""
    return _parse_gnu(text) if _GNU_START in text else _parse_lld(text)


def without_machine_paths(text: str) -> str:
    """Return the map with absolute folders cut off, so that it does not depend on where the tools are installed."""
    return _ABSOLUTE.sub("", text)


def _parse_gnu(text: str) -> list[Contribution]:
    found: list[Contribution] = []
    output, pending = "", ""
    for line in text[text.index(_GNU_START):].splitlines():
        if match := _GNU_INPUT.match(line):
            section, size = match["section"] or pending, int(match["size"], 16)
            if size and section and section != "*fill*":
                found.append(Contribution(output, section, match["object"], size))
            pending = ""
        elif match := _GNU_LONG_NAME.match(line):
            pending = match["section"]
        elif match := _GNU_OUTPUT.match(line):
            output, pending = match["section"], ""
    return found


def _parse_lld(text: str) -> list[Contribution]:
    found: list[Contribution] = []
    output = ""
    for line in text.splitlines():
        match = _LLD_LINE.match(line)
        if match is None:
            continue
        rest, size = match["rest"], int(match["size"], 16)
        if not rest.startswith(" "):
            output = rest
        elif (entry := _LLD_INPUT.match(rest)) and size:
            found.append(Contribution(output, entry["section"], entry["object"], size))
    return found
