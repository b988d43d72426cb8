"""Frames in Python, and their twins in C."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest
from cobs import cobs
from hypothesis import given, settings
from hypothesis import strategies as st

from toolchain import resources
from toolchain.runners import frames
from toolchain.runners.frames import Decoder, Frame

FRAMES = st.builds(Frame, st.just(1), st.integers(0, 255), st.integers(0, 255), st.binary(max_size=600))


@given(st.lists(FRAMES, max_size=4), st.integers(1, 40), st.binary(max_size=30))
def test_stream_in_pieces_gives_every_frame(sent: list[Frame], piece: int, garbage: bytes) -> None:
    wire = garbage + b"\0" + b"".join(frames.encode(f) for f in sent)
    decoder = Decoder()
    got = [f for i in range(0, len(wire), piece) for f in decoder.feed(wire[i : i + piece])]
    assert got == sent


@given(FRAMES, st.data())
def test_one_flipped_bit_is_never_accepted(frame: Frame, data: st.DataObject) -> None:
    wire = bytearray(frames.encode(frame))
    bit = data.draw(st.integers(0, len(wire) * 8 - 1))
    wire[bit // 8] ^= 1 << bit % 8
    assert list(Decoder().feed(bytes(wire) + b"\0")) == []


@given(FRAMES, st.data())
def test_one_lost_byte_is_never_accepted(frame: Frame, data: st.DataObject) -> None:
    wire = bytearray(frames.encode(frame))
    del wire[data.draw(st.integers(0, len(wire) - 2))]
    assert list(Decoder().feed(bytes(wire))) == []


def test_endless_garbage_is_forgotten_and_the_next_frame_found() -> None:
    decoder = Decoder(limit_bytes=1000)
    for _ in range(100):
        assert list(decoder.feed(b"\x55" * 997)) == []
    frame = Frame(1, 7, 3, b"abc")
    assert list(decoder.feed(b"\0" + frames.encode(frame))) == [frame]
    assert decoder.damaged == 1


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler for this computer")
    folder, source = tmp_path_factory.mktemp("c"), resources.templates() / "app" / "common"
    output = folder / "frames.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-std=c99", str(source / "tc_cobs.c"),
                    str(source / "tc_crc32.c"), "-o", str(output)], check=True)
    return ctypes.CDLL(str(Path(output)))


@settings(deadline=None)
@given(data=st.one_of(st.binary(max_size=600), st.lists(st.sampled_from([0, 1]), max_size=600).map(bytes),
                      st.integers(250, 520).map(lambda n: b"\x07" * n)))
def test_c_twins_agree(library: ctypes.CDLL, data: bytes) -> None:
    library.tc_crc32.restype = ctypes.c_uint32
    half = len(data) // 2
    crc = library.tc_crc32(ctypes.c_uint32(0), data[:half], ctypes.c_size_t(half))
    assert library.tc_crc32(ctypes.c_uint32(crc), data[half:], ctypes.c_size_t(len(data) - half)) == zlib.crc32(data)

    written = bytearray()
    write = ctypes.CFUNCTYPE(None, ctypes.POINTER(ctypes.c_uint8), ctypes.c_size_t)(
        lambda p, n: written.extend(bytes(p[i] for i in range(n))))
    library.tc_cobs_encode(data, ctypes.c_size_t(len(data)), write)
    assert written.count(0) == 1 and written[-1] == 0
    assert cobs.decode(bytes(written[:-1])) == data

    library.tc_cobs_decode.restype = ctypes.c_size_t
    encoded = cobs.encode(data)
    buffer = ctypes.create_string_buffer(encoded, len(encoded))
    length = library.tc_cobs_decode(buffer, ctypes.c_size_t(len(encoded)))
    assert buffer.raw[:length] == data


@pytest.mark.parametrize("broken", [b"\x05ab", b"\xffab", b"\x02a\x09"])
def test_c_decoder_refuses_broken_encodings(library: ctypes.CDLL, broken: bytes) -> None:
    library.tc_cobs_decode.restype = ctypes.c_size_t
    buffer = ctypes.create_string_buffer(broken, len(broken))
    assert library.tc_cobs_decode(buffer, ctypes.c_size_t(len(broken))) == 0
