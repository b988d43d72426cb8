"""RP2040 and RP2350: second boot stage, image definition, UF2; the RP2040's firmware on an emulator of others."""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from tests.runners import tiny
from toolchain import resources
from toolchain.artifacts import Firmware
from toolchain.compilers import images
from toolchain.runners import frames

PICO = resources.targets() / "boards" / "rpi-pico"
Build = Callable[[str], Firmware]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Return a function board -> firmware of the hand-written model."""
    root = tmp_path_factory.mktemp("rp2")
    return lambda board: tiny.firmware(board, root / board)


def boot_rom_crc(data: bytes) -> int:
    """Return the boot ROM's checksum: zlib's polynomial, with neither data nor result reflected or inverted."""
    reflected = bytes(int(f"{byte:08b}"[::-1], 2) for byte in data)
    return int(f"{zlib.crc32(reflected) ^ 0xFFFFFFFF:032b}"[::-1], 2)


def boot2_words() -> list[int]:
    """Return the words of boot2.c, the checksum last."""
    text = (PICO / "boot2.c").read_text(encoding="utf-8")
    return [int(word, 16) for word in re.findall(r"\b0x[0-9a-f]{8}\b", text.split(".code", 1)[1])]


def test_boot2_is_its_assembly(tmp_path: Path) -> None:
    gcc, objcopy = (shutil.which(f"arm-none-eabi-{tool}") for tool in ("gcc", "objcopy"))
    if gcc is None or objcopy is None:
        pytest.skip("arm-none-eabi-gcc is not installed")
    subprocess.run([gcc, "-c", "-mcpu=cortex-m0plus", PICO / "boot2.S", "-o", tmp_path / "boot2.o"], check=True)
    subprocess.run([objcopy, "-O", "binary", "-j", ".text", tmp_path / "boot2.o", tmp_path / "boot2.bin"], check=True)
    code = (tmp_path / "boot2.bin").read_bytes()
    assert list(struct.unpack(f"<{len(code) // 4}I", code)) == boot2_words()[:-1]


def test_boot2_is_what_the_boot_rom_checks(build: Build) -> None:
    start = build("rpi-pico").elf.with_suffix(".bin").read_bytes()[:256]
    *_, checksum = struct.unpack("<64I", start)
    assert checksum == boot_rom_crc(start[:252]) == boot2_words()[-1]
    assert boot_rom_crc(b"123456789") == 0x0376E6E7  # CRC-32/MPEG-2


def test_image_definition_is_found_by_the_boot_rom(build: Build) -> None:
    image = build("rpi-pico2").elf.with_suffix(".bin").read_bytes()[:4096]
    block = struct.pack("<5I", 0xFFFFDED3, 0x10210142, 0x000001FF, 0, 0xAB123579)
    assert image.count(block) == 1 and image.index(block) % 4 == 0


@pytest.mark.parametrize(("board", "family"), [("rpi-pico", 0xE48BFF56), ("rpi-pico2", 0xE48BFF59)])
def test_uf2_holds_the_image(build: Build, board: str, family: int) -> None:
    elf = build(board).elf
    data, memory = elf.with_suffix(".uf2").read_bytes(), bytearray()
    blocks = [data[i : i + 512] for i in range(0, len(data), 512)]
    for number, block in enumerate(blocks):
        first, second, flags, address, size, index, count, kind = struct.unpack_from("<8I", block)
        assert (first, second, struct.unpack_from("<I", block, 508)[0]) == (0x0A324655, 0x9E5D5157, 0x0AB16F30)
        assert (flags, size, index, count, kind) == (0x2000, 256, number, len(blocks), family)
        assert address == 0x10000000 + 256 * number
        memory += block[32 : 32 + size]
    image = elf.with_suffix(".bin").read_bytes()
    assert bytes(memory[: len(image)]) == image and set(memory[len(image) :]) <= {0xFF}


def test_uf2_of_parts_that_do_not_start_on_a_page() -> None:
    data = images.uf2([(0x10000010, b"\1" * 8), (0x100001F8, b"\2" * 16)], 1)
    pages = [struct.unpack_from("<12xI16x256s", data, i) for i in range(0, len(data), 512)]
    assert [address for address, _ in pages] == [0x10000000, 0x10000100, 0x10000200]
    assert pages[0][1] == b"\xff" * 16 + b"\1" * 8 + b"\xff" * 232
    assert pages[1][1] == b"\xff" * 248 + b"\2" * 8 and pages[2][1] == b"\2" * 8 + b"\xff" * 248


def test_elf_of_the_rp2040_starts_with_boot2(build: Build) -> None:
    with build("rpi-pico").elf.open("rb") as file:
        elf = ELFFile(file)
        assert elf.get_section_by_name(".boot2")["sh_addr"] == 0x10000000
        assert elf.get_section_by_name(".vectors")["sh_addr"] == 0x10000100


#: Folder of the npm package rp2040js, an emulator that is not ours.
RP2040JS = os.environ.get("TOOLCHAIN_RP2040JS")


def answers_on_rp2040js(build: Build) -> None:
    """The firmware answers HELLO at 125 MHz, and the emulator has nothing to complain of."""
    node = shutil.which("node")
    assert RP2040JS is not None and node is not None, "rp2040js needs node"
    request = frames.encode(frames.Frame(frames.VERSION, 7, frames.Request.HELLO, b""))
    script = Path(__file__).with_name("rp2040js.mjs")
    command = [node, script, Path(RP2040JS).resolve(), build("rpi-pico").elf.with_suffix(".bin"), request.hex()]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    answer = frames.decode(bytes.fromhex(result.stdout.strip())[:-1])
    assert answer is not None and answer.sequence == 7 and answer.type == frames.Request.HELLO | frames.ANSWER
    assert struct.unpack_from("<I", answer.payload, 3)[0] == 125_000_000 and b"tiny" in answer.payload
    assert not result.stderr, result.stderr


if RP2040JS:  # else there is no such test: a skipped one would be a mistake in CI
    test_firmware_answers_on_rp2040js = answers_on_rp2040js
