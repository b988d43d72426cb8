"""docs/protocol.md against the code: its types, codes, fields and numbers, in Python, in C, and on a device."""

from __future__ import annotations

import dataclasses
import inspect
import pkgutil
import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.runners import tiny
from toolchain import resources, runners
from toolchain.runners import frames, ports, protocol
from toolchain.runners.fault import NO_LAYER, STACK_GUARD, WORDS, FaultRecord
from toolchain.runners.frames import CycleKind, ErrorCode, Frame, Request
from toolchain.runners.protocol import Client

PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
FLAT = " ".join(PAGE.split())
C = resources.templates() / "app" / "common"
INTEGERS = {"u8": "B", "u16": "H", "u32": "I"}
TEXTS = ("hash", "name")
Exchange = Callable[..., Any]


def table(header: str) -> list[list[str]]:
    """Return the rows of the page's table with this header."""
    rows = PAGE.split(header + "\n", 1)[1].split("\n\n", 1)[0].splitlines()[1:]
    return [
        [cell.strip().strip("`") for cell in row.strip().strip("|").split(" | " if "| |" not in row else "|")]
        for row in rows
    ]


def enumerators(file: str, prefix: str) -> dict[str, int]:
    """Return what a C header's enums name PREFIX_NAME."""
    text = (C / file).read_text(encoding="utf-8")
    return {m[1]: int(m[2], 0) for m in re.finditer(rf"\bTC_{prefix}([A-Z_]+) = (\w+)", text)}


def number(file: str, name: str) -> int:
    """Return a number that a C header defines."""
    match = re.search(rf"\b{name} (?:= )?(\w+?)u?\b", (C / file).read_text(encoding="utf-8"))
    assert match is not None
    return int(match[1], 0)


REQUESTS = {row[0].split()[1]: row for row in table("| type | request | answer |")}


def fields(name: str, column: int) -> list[tuple[str, str]]:
    """Return (name, type) of each field of a request (1) or its answer (2); the type of texts and bytes is empty."""
    cell = REQUESTS[name][column]
    return [(word[0], " ".join(word[1:])) for part in cell.split(", ") if (word := part.split())]


def encode(name: str, **values: int | bytes) -> bytes:
    """Return a request's payload, its fields as on the page."""
    payload = b""
    for field, kind in fields(name, 1):
        value = values.pop(field)
        payload += value if isinstance(value, bytes) else struct.pack(f"<{INTEGERS[kind]}", value)
    assert not values
    return payload


def decode(name: str, payload: bytes, count: int = 0) -> dict[str, Any]:
    """Return the fields of an answer, which must be all of it."""
    values: dict[str, Any] = {}
    for field, kind in fields(name, 2):
        if field in TEXTS:
            values[field], payload = payload[1 : 1 + payload[0]].decode(), payload[1 + payload[0] :]
        elif field in ("bytes", "record"):
            values[field], payload = payload, b""
        elif kind.endswith("times count"):
            size = struct.calcsize(INTEGERS[kind.split()[0]])
            values[field] = struct.unpack(f"<{count}{INTEGERS[kind.split()[0]]}", payload[: size * count])
            payload = payload[size * count :]
        else:
            size = struct.calcsize(INTEGERS[kind])
            assert len(payload) >= size, f"{name} answers less than the page says: no {field}"
            values[field], payload = int.from_bytes(payload[:size], "little"), payload[size:]
    assert not payload, f"{name} answers more than the page says"
    return values


@pytest.fixture
def exchange(process: Callable[[], Any]) -> Exchange:
    """Return a function that sends one frame to the model's process and returns (type, payload) of the answer."""
    port, sequence = process(), [0]
    port.timeout = 20

    def send(kind: int, payload: bytes = b"", version: int = frames.VERSION) -> tuple[int, bytes]:
        sequence[0] += 1
        port.write(frames.encode(Frame(version, sequence[0], kind, payload)))
        decoder = frames.Decoder()
        while not (found := list(decoder.feed(port.read(1)))):
            pass
        assert (found[0].sequence, found[0].version) == (sequence[0], frames.VERSION)
        return found[0].type, found[0].payload

    return send


def ask(exchange: Exchange, name: str, **values: int | bytes) -> dict[str, Any]:
    """Return the decoded answer of a request that succeeds."""
    kind, payload = exchange(Request[name], encode(name, **values))
    assert kind == Request[name] | 0x80, (name, payload)
    return decode(name, payload, int(values.get("count", 0)))


def refused(exchange: Exchange, kind: int, payload: bytes = b"", **more: int) -> str:
    """Return the name that the page gives to the error with which a request is answered."""
    answer, error = exchange(kind, payload, **more)
    assert answer == frames.ERROR
    codes = {int(row[0]): row[1] for row in table("| code | ERROR | meaning |")}
    return codes[decode("ERROR", error)["code"]]


def test_types_are_those_of_both_ends() -> None:
    page = {name: int(row[0].split()[0], 16) for name, row in REQUESTS.items()}
    c = enumerators("tc_protocol.h", "")
    assert {r.name: r.value for r in Request} | {"ERROR": frames.ERROR} == page
    assert {name: value for name, value in c.items() if not name.startswith("ERROR_")} == page | {"ANSWER": 0x80}
    assert frames.ANSWER == 1 << 7 and "the request's type with bit 7 set" in FLAT


def test_error_codes_are_those_of_both_ends() -> None:
    page = {row[1]: int(row[0]) for row in table("| code | ERROR | meaning |")}
    assert page == {e.name: e.value for e in ErrorCode}
    assert page | {"NONE": 0} == enumerators("tc_protocol.h", "ERROR_")


def test_kinds_of_cycles_are_those_of_both_ends() -> None:
    match = re.search(r"`cycle_kind`: ([^.]*)\.", FLAT)
    assert match is not None
    page = dict(enumerate(part.split(" ", 1)[1] for part in match[1].split(", ")))
    assert [int(part.split()[0]) for part in match[1].split(", ")] == list(page)
    short = {kind.value: kind.name.lower().replace("host_ns", "nanoseconds of a host") for kind in CycleKind}
    assert {key: text.lower() for key, text in page.items()} == short
    assert enumerators("tc_board.h", "CYCLES_") == {kind.name: kind.value for kind in CycleKind}


def test_frame_is_laid_out_as_written() -> None:
    assert "COBS(version u8, sequence u8, type u8, payload, CRC-32 u32) 0x00" in PAGE
    assert f"The protocol's version is {frames.VERSION}." in FLAT
    assert number("tc_protocol.h", "TC_PROTOCOL_VERSION") == frames.VERSION
    body = bytes((frames.VERSION, 7, Request.RUN)) + b"\x01\x02\x03\x04"
    plain = body + struct.pack("<I", zlib.crc32(body))
    assert 0 not in plain, "so that COBS puts one byte in front and changes nothing"
    assert (
        frames.encode(Frame(frames.VERSION, 7, Request.RUN, b"\x01\x02\x03\x04"))
        == bytes([len(plain) + 1]) + plain + b"\0"
    )


def test_record_of_a_fault_has_these_words() -> None:
    page = [word for row in table("| word | what |") for word in row[0].split(", ")]
    assert page == [field.name for field in dataclasses.fields(FaultRecord)]
    text = (C / "tc_fault.h").read_text(encoding="utf-8").split("typedef struct {", 1)[1].split("}", 1)[0]
    declared = re.findall(r"uint32_t ([\w, ]+);", text)
    assert page == [name for line in declared for name in line.split(", ")]
    put = (C / "tc_protocol.c").read_text(encoding="utf-8").split("words[TC_FAULT_WORDS]", 1)[1].split(";", 1)[0]
    assert page == re.findall(r"fault->(\w+)", put)
    assert len(page) == WORDS == number("tc_fault.h", "TC_FAULT_WORDS") and f"({4 * WORDS} bytes, see Faults)" in FLAT
    guard, no_layer = number("tc_fault.h", "TC_FAULT_STACK_GUARD"), number("tc_fault.h", "TC_FAULT_NO_LAYER")
    assert (guard, no_layer) == (STACK_GUARD, NO_LAYER)
    assert f"{guard:#x}: the painted guard" in FLAT and f"{no_layer:#x} in a RUN" in FLAT


def test_numbers_of_the_text_are_those_of_the_code() -> None:
    header, limit = (number("tc_protocol.h", f"TC_PROTOCOL_{n}") for n in ("PAYLOAD_BYTES", "REQUEST_LIMIT"))
    assert f"an answer holds {header} (`TC_PROTOCOL_PAYLOAD_BYTES`)" in FLAT
    assert f"at least {header} and at most {limit} (`TC_PROTOCOL_REQUEST_LIMIT`)" in FLAT
    defaults = {n: p.default for n, p in inspect.signature(Client.__init__).parameters.items()}
    assert (defaults["timeout_s"], defaults["attempts"]) == (0.5, 6) and "(0.5 s, 1 s, ... six attempts)" in FLAT
    assert protocol.RESTARTS == 5 and "at most five times" in FLAT
    texts = re.findall(r"put_text\(a, tc_app\.\w+, (\d+)\)", (C / "tc_protocol.c").read_text(encoding="utf-8"))
    assert texts == ["64", "64"] and "a length byte and at most 64 bytes" in FLAT


def test_urls_are_those_that_there_are() -> None:
    rows = table("| URL | device | runner |")
    ours = {m.name.removeprefix("protocol_") for m in pkgutil.iter_modules(ports.__path__)}
    schemes = {row[0].split("://")[0].strip("`") for row in rows if "://" in row[0]}
    assert schemes - {"socket", "rfc2217"} == ours
    assert {name.strip("`") for row in rows for name in row[2].split(", ")} == set(runners.registry())


def test_every_request_and_answer_has_these_fields(exchange: Exchange) -> None:
    first, second = (x[0] for x in tiny.vectors(1))
    layers, data = tiny.layers(first, second), [first.tobytes(), second.tobytes()]
    crc = zlib.crc32(b"".join(data))

    def write() -> None:
        assert ask(exchange, "WRITE", input=0, offset=0, bytes=data[0]) == {}
        for offset in (0, 150):
            assert ask(exchange, "WRITE", input=1, offset=offset, bytes=data[1][offset : offset + 150]) == {}

    hello = ask(exchange, "HELLO")
    assert hello["payload_bytes"] == 240 and 240 <= hello["request_bytes"] <= 1024
    assert (hello["arena_bytes"], hello["inputs"], hello["outputs"], hello["layers"]) == (1024, 2, 1, 3)
    assert (hello["hash"], hello["name"], hello["faulted"]) == ("0123456789abcdef", "tiny", 0)
    assert CycleKind(hello["cycle_kind"]) is CycleKind.HOST_NS and hello["clock_hz"] == 1_000_000_000
    write()
    ran = ask(exchange, "RUN", inputs_crc=crc)
    assert set(ran) == {"cycle_kind", "cycles"} and ran["cycle_kind"] == CycleKind.HOST_NS
    read = ask(exchange, "READ", output=0, offset=100, length=200)
    assert read == {"output": 0, "offset": 100, "inputs_crc": crc, "bytes": layers[2].tobytes()[100:]}
    write()
    profile = ask(exchange, "PROFILE", inputs_crc=crc, first_layer=0, count=2)
    assert profile["first_layer"] == 0 and len(profile["cycles"]) == 2
    dump = ask(exchange, "DUMP", inputs_crc=crc, layer=1, arena_offset=0, length=200)
    assert dump == {"layer": 1, "arena_offset": 0, "bytes": layers[1].tobytes()[:200]}
    assert ask(exchange, "STACK") == {"stack_bytes": 0}
    assert ask(exchange, "FAULT") == {"record": b""}
    infer = ask(exchange, "INFER", inputs_crc=crc, bytes=b"".join(data))
    assert infer["cycle_kind"] == CycleKind.HOST_NS and infer["bytes"] == layers[2].tobytes()[: len(infer["bytes"])]
    assert len(infer["bytes"]) == 240 - 5
    assert ask(exchange, "RESET") == {}


@pytest.mark.parametrize("name", [name for name in REQUESTS if name != "ERROR" and fields(name, 1)])
def test_a_payload_of_another_length_is_refused(name: str, exchange: Exchange) -> None:
    payload = encode(name, **{field: b"" if field == "bytes" else 0 for field, _ in fields(name, 1)})
    assert refused(exchange, Request[name], payload[:-1]) == "LENGTH"
    if all(field != "bytes" for field, _ in fields(name, 1)):
        assert refused(exchange, Request[name], payload + b"\0") == "LENGTH"


def test_errors_come_when_the_page_says(exchange: Exchange) -> None:
    assert refused(exchange, max(Request) + 1) == "TYPE"
    assert refused(exchange, Request.STACK, version=frames.VERSION + 1) == "VERSION"
    kind, payload = exchange(Request.HELLO, version=frames.VERSION + 1)
    assert kind == Request.HELLO | frames.ANSWER and decode("HELLO", payload)["name"] == "tiny"
    assert refused(exchange, Request.READ, encode("READ", output=0, offset=0, length=1)) == "STATE"
    assert refused(exchange, Request.RUN, encode("RUN", inputs_crc=1)) == "INPUTS"
    assert refused(exchange, Request.INFER, encode("INFER", inputs_crc=1, bytes=b"x")) == "INPUTS"
    assert refused(exchange, Request.WRITE, encode("WRITE", input=2, offset=0, bytes=b"x")) == "RANGE"
    assert refused(exchange, Request.READ, encode("READ", output=0, offset=0, length=232)) == "RANGE"
    assert refused(exchange, Request.PROFILE, encode("PROFILE", inputs_crc=1, first_layer=2, count=2)) == "RANGE"
