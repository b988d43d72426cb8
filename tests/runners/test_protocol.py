"""The client against real device code: the serial loop in a process with sanitizers and on the simulator."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.runners import tiny
from tests.runners.faults import BreakingPort, LossyPort, OlderDevicePort, ResettingPort
from toolchain.errors import ToolError
from toolchain.runners import frames
from toolchain.runners.frames import ErrorCode, Frame, Request
from toolchain.runners.protocol import Client, DeviceError

Open = Callable[..., Any]


def run(client: Client, inputs: list[np.ndarray], start: int = 0) -> dict[int, np.ndarray]:
    """Return the outputs of vectors ``start``.. by index; every index comes once, in order."""
    got: dict[int, np.ndarray] = {}

    def keep(index: int, outputs: tuple[np.ndarray, ...]) -> None:
        assert index == start + len(got)
        got[index] = outputs[0]

    client.run_vectors(inputs, tiny.SHAPES, start, keep)
    return got


def check(got: dict[int, np.ndarray], inputs: list[np.ndarray], first: int = 0) -> None:
    """Assert that vectors ``first``.. are all there and right."""
    assert list(got) == list(range(first, len(inputs[0])))
    for index, output in got.items():
        np.testing.assert_array_equal(output, tiny.layers(inputs[0][index], inputs[1][index])[-1])


def test_process_serves_every_request(process: Open) -> None:
    client = Client(process())
    device, inputs = client.device, tiny.vectors(5)
    assert (device.name, device.hash) == ("tiny", "0123456789abcdef")
    assert (device.arena_bytes, device.inputs, device.outputs, device.layers) == (1024, 2, 1, 3)
    check(run(client, inputs), inputs)
    one = [x[0] for x in inputs]
    layers = client.profile(one)
    assert len(layers) == 3 and all(layer.cycles is not None and layer.instructions is None for layer in layers)
    for layer, offset in ((0, 512), (1, 0), (0, 512), (2, 0)):  # forwards and backwards
        got = np.frombuffer(client.dump(one, layer, offset, 300), np.int8)
        np.testing.assert_array_equal(got, tiny.layers(*one)[layer])
    assert client.stack() is None
    client.reset()
    assert client.hello() == device
    assert client.statistics.restarts == 0


@pytest.mark.parametrize("kinds", ["drop", "flip", "double", "delay", "drop flip double delay"])
@pytest.mark.parametrize("seed", range(3))
def test_lossy_line_loses_nothing_and_accepts_nothing_wrong(port: Open, kinds: str, seed: int) -> None:
    lossy = LossyPort(port(), kinds, 0.0008, seed)
    client, inputs = Client(lossy, attempts=40), tiny.vectors(12, seed)
    check(run(client, inputs), inputs)
    one = [x[3] for x in inputs]
    assert client.dump(one, 0, 512, 300) == tiny.layers(*one)[0].tobytes()
    assert [layer.cycles is not None for layer in client.profile(one)] == [True] * 3
    assert lossy.faults > 3
    if kinds in ("drop", "flip"):
        assert client.statistics.resent > 0


def test_lossy_line_to_a_process(process: Open) -> None:
    lossy, inputs = LossyPort(process(), "drop flip double", 0.001, 4), tiny.vectors(6)
    client = Client(lossy, attempts=40, timeout_s=0.02)
    check(run(client, inputs), inputs)
    assert client.statistics.resent > 0


@pytest.mark.parametrize("when", [{1}, {2}, {4}, {5}, {6}, {7}, {3, 9, 15}, set(range(2, 30, 7))])
def test_resets_in_the_middle_are_recovered_from(port: Open, when: set[int]) -> None:
    client, inputs = Client(ResettingPort(port(), when)), tiny.vectors(4)
    check(run(client, inputs), inputs)


def test_firmware_from_before_infer(port: Open) -> None:
    older, inputs = OlderDevicePort(port()), tiny.vectors(4)
    client = Client(older)
    check(run(client, inputs), inputs)
    assert client.device.request_bytes == 0
    newer = Client(port())
    check(run(newer, inputs), inputs)
    assert newer.device.request_bytes == 64 + 300 + 4
    assert newer.statistics.requests == 1 + 4 * 2 < client.statistics.requests  # INFER, and READ for a long output


def test_reset_before_every_run_ends_in_an_error(port: Open) -> None:
    client, inputs = Client(ResettingPort(port(), set(range(3, 1000, 2)))), tiny.vectors(1)
    with pytest.raises(ToolError, match="forgot the inputs of an inference 5 times") as caught:
        run(client, inputs)
    assert caught.value.exit_code == 5


def test_broken_line_names_the_frame_the_port_and_where_to_resume(port: Open) -> None:
    device, inputs = port(), tiny.vectors(8)
    client, got = Client(BreakingPort(device, 10), name="/dev/ttyACM0"), {}
    with pytest.raises(ToolError, match="/dev/ttyACM0 failed: device disconnected") as caught:
        client.run_vectors(inputs, tiny.SHAPES, on_result=lambda i, y: got.update({i: y[0]}))
    assert caught.value.exit_code == 5
    text = str(caught.value)
    assert "/dev/ttyACM0" in text and "sequence" in text and f"{len(got)} of 8 vectors" in text
    assert 0 < len(got) < 8
    rest = run(Client(device), inputs, start=len(got))
    check({**got, **rest}, inputs)


def test_hanging_device_is_given_up(process: Open) -> None:
    client, inputs = Client(process(), timeout_s=0.02, attempts=3), tiny.vectors(2)
    inputs[0][1, 0] = 77
    with pytest.raises(ToolError, match="does not answer INFER: sent 3 times") as caught:
        run(client, inputs)
    assert caught.value.exit_code == 5
    assert "1 of 2 vectors" in str(caught.value)


def test_program_that_dies_shows_its_last_words(process: Open) -> None:
    client, inputs = Client(process()), tiny.vectors(1)
    inputs[0][0, 0] = 78
    with pytest.raises(ToolError, match="the program ended with code") as caught:
        run(client, inputs)
    assert "AddressSanitizer" in str(caught.value) and "layer1_scale" in str(caught.value)


def exchange(port: Any, *requests: Frame, before: bytes = b"\0") -> list[Frame]:
    """Return the answers to raw frames."""
    port.write(before + b"".join(frames.encode(f) for f in requests))
    port.timeout = 1
    data = b""
    while data.count(0) < len(requests):
        data += port.read(1)
    return list(frames.Decoder().feed(data))


def test_repeated_request_is_answered_from_memory_and_not_run_again(process: Open) -> None:
    port = process()
    client = Client(port)
    crc = client.load([x[0] for x in tiny.vectors(1)])
    request = Frame(1, 200, Request.RUN, struct.pack("<I", crc))
    first, second, again = exchange(port, request, request, Frame(1, 201, Request.RUN, struct.pack("<I", crc)))
    assert first == second and first.type == Request.RUN | frames.ANSWER
    assert (again.type, again.payload) == (frames.ERROR, bytes([ErrorCode.INPUTS]))  # the layers overwrote the inputs


@pytest.mark.parametrize(("kind", "payload", "code"), [
    (0x77, b"", ErrorCode.TYPE),
    (Request.WRITE, b"\0\0", ErrorCode.LENGTH),
    (Request.WRITE, struct.pack("<BI", 2, 0) + b"x", ErrorCode.RANGE),
    (Request.WRITE, struct.pack("<BI", 0, 64) + b"x", ErrorCode.RANGE),
    (Request.WRITE, struct.pack("<BI", 0, 0xFFFFFFFF) + b"xx", ErrorCode.RANGE),
    (Request.RUN, b"", ErrorCode.LENGTH),
    (Request.RUN, b"abcd", ErrorCode.INPUTS),
    (Request.INFER, b"abc", ErrorCode.LENGTH),
    (Request.INFER, bytes(4 + 364), ErrorCode.INPUTS),
    (Request.READ, struct.pack("<BIH", 0, 0, 10), ErrorCode.STATE),
    (Request.READ, struct.pack("<BIH", 1, 0, 10), ErrorCode.RANGE),
    (Request.READ, struct.pack("<BIH", 0, 295, 10), ErrorCode.RANGE),
    (Request.READ, struct.pack("<BIH", 0, 0, 232), ErrorCode.RANGE),
    (Request.PROFILE, struct.pack("<IHB", 0, 0, 4), ErrorCode.RANGE),
    (Request.PROFILE, struct.pack("<IHB", 0, 1, 1), ErrorCode.STATE),
    (Request.DUMP, struct.pack("<IHIH", 0, 3, 0, 1), ErrorCode.RANGE),
    (Request.DUMP, struct.pack("<IHIH", 0, 0, 1020, 5), ErrorCode.RANGE),
    (Request.DUMP, struct.pack("<IHIH", 0, 0, 0, 235), ErrorCode.RANGE),
    (Request.DUMP, struct.pack("<IHIH", 0, 0, 0, 1), ErrorCode.INPUTS),
    (Request.DUMP, b"", ErrorCode.LENGTH),
])
def test_what_the_device_refuses(process: Open, kind: int, payload: bytes, code: ErrorCode) -> None:
    (answer,) = exchange(process(), Frame(1, 9, kind, payload))
    assert (answer.sequence, answer.type, answer.payload) == (9, frames.ERROR, bytes([code]))


def test_refusal_is_an_error_with_the_frame(process: Open) -> None:
    with pytest.raises(DeviceError, match="refuses READ: STATE") as caught:
        Client(process()).read(0, (10,), 0)
    assert caught.value.code is ErrorCode.STATE


@pytest.mark.parametrize("garbage", [b"\x05\x04garbage\0", b"\xff" * 3000 + b"\0", b"\0" * 50, b"\x03ab\x02\0", b"x\0"])
def test_garbage_is_skipped_to_the_next_zero(process: Open, garbage: bytes) -> None:
    (answer,) = exchange(process(), Frame(1, 3, Request.STACK, b""), before=garbage)
    assert answer == Frame(1, 3, Request.STACK | frames.ANSWER, struct.pack("<I", 0))


def test_device_says_which_protocol_it_speaks(process: Open) -> None:
    port = process()
    stack, hello = exchange(port, Frame(9, 1, Request.STACK, b""), Frame(9, 2, Request.HELLO, b""))
    assert (stack.version, stack.type, stack.payload) == (1, frames.ERROR, bytes([ErrorCode.VERSION]))
    assert (hello.version, hello.type) == (1, Request.HELLO | frames.ANSWER)
