"""The host's end of the serial protocol: a client on any port that behaves as pyserial's ``Serial``.

Simulator, QEMU, a host process and a board are all reached through it (runners.open_device). Every request carries a
sequence number; it is sent again until its answer comes, at most ``attempts`` times, and the device answers a repeated
request without carrying it out twice. A device that was reset in the middle refuses to run on inputs that it does not
hold, and the client writes them again.

Units:  ``timeout_s`` is the wait for the first attempt; each further one waits twice as long, up to 32 times.
Raises: ToolError when the device does not answer, answers nonsense, or the port fails.
Source: docs/protocol.md.
"""

from __future__ import annotations

import contextlib
import struct
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
import serial

from toolchain.artifacts import LayerProfile
from toolchain.errors import ToolError, VerificationError
from toolchain.ir import Array, Program
from toolchain.runners import frames
from toolchain.runners.fault import FaultError, FaultRecord, SymbolAt
from toolchain.runners.frames import CycleKind, ErrorCode, Frame, Request

T = TypeVar("T")
Result = tuple[tuple[Array, ...], "int | None"]
OnResult = Callable[[int, tuple[Array, ...]], None]

#: How often a client begins an inference again on a device that forgot its inputs.
RESTARTS = 5
PROFILE_LAYERS = 16


class Port(Protocol):
    """The part of ``serial.Serial`` that the client uses."""

    timeout: float | None

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read at once."""

    def read(self, size: int = 1, /) -> bytes:
        """Return up to ``size`` bytes; fewer when ``timeout`` passes first."""

    def write(self, data: bytes, /) -> int | None:
        """Send all bytes."""

    def reset_input_buffer(self) -> None:
        """Forget what was received."""

    def close(self) -> None:
        """Close the port."""


@dataclass(frozen=True)
class Device:
    """What a device says of itself in answer to HELLO."""

    name: str
    hash: str
    payload_bytes: int
    cycle_kind: CycleKind
    clock_hz: int
    arena_bytes: int
    inputs: int
    outputs: int
    layers: int
    faulted: bool = False  # a fault before this conversation is recorded
    request_bytes: int = 0  # payload of a request; 0: firmware from before INFER


@dataclass
class Statistics:
    """Counts since the client was made."""

    requests: int = 0
    resent: int = 0
    stale: int = 0
    restarts: int = 0
    received_bytes: int = 0


class DeviceError(ToolError):
    """An ERROR answer; ``code`` says which."""

    def __init__(self, code: ErrorCode, what: str, details: Sequence[tuple[str, str]]) -> None:
        super().__init__(what, details, "build the firmware again with this version of the tool")
        self.code = code


class LostInputsError(Exception):
    """The device does not hold the inputs of this inference any more."""


class Client:
    """One conversation with a device; use it as a context manager. Arrays are int8, without the vector axis."""

    def __init__(self, port: Port, *, name: str = "", runner: str = "serial", source: str = "measured",
                 error_band: str = "", timeout_s: float = 0.5, attempts: int = 6,
                 symbol_at: SymbolAt = lambda address: "", processor: str = "") -> None:
        self.port = port
        self.name = name or str(getattr(port, "name", None) or getattr(port, "port", "port"))
        self.runner, self.source, self.error_band = runner, source, error_band
        self.processor = processor  # empty where the target has one
        self.timeout_s, self.attempts = timeout_s, attempts
        self._earlier_fault: FaultRecord | None = None  # that the device remembered when this conversation began
        self._symbol_at = symbol_at
        self.statistics = Statistics()
        self._decoder = frames.Decoder()
        self._sequence = 0
        self._device: Device | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.port.close()

    # -- requests ------------------------------------------------------------------------------------------------

    @property
    def device(self) -> Device:
        """What the device said in answer to the first HELLO."""
        if self._device is None:
            self._device = self.hello()
            if self._device.faulted:
                self._earlier_fault = self.fetch_fault()
        return self._device

    def earlier_fault(self) -> FaultError | None:
        """Return the fault that the device remembered when this conversation began; None without one."""
        if not self.device.faulted or self._earlier_fault is None:
            return None
        details = [("port", self.name), *self._earlier_fault.details(self._symbol_at)]
        return FaultError(self.name, "an earlier conversation", self._earlier_fault, details)

    def hello(self) -> Device:
        """Return what the device says of itself."""
        answer = self.request(Request.HELLO)
        payload, kind, clock, arena, inputs, outputs, layers = struct.unpack_from("<HBIIHHH", answer)
        texts, rest = [], answer[17:]
        for _ in range(2):
            texts.append(rest[1 : 1 + rest[0]].decode("utf-8", "replace"))
            rest = rest[1 + rest[0] :]
        faulted, request = rest[:1] == b"\1", int.from_bytes(rest[1:3], "little")
        return Device(texts[1], texts[0], payload, CycleKind(kind), clock, arena, inputs, outputs, layers, faulted,
                      request)

    def require_model(self, program: Program, model_hash: str | None = None) -> None:
        """Raise VerificationError unless the device runs firmware of this program, and of this hash where given."""
        device = self.device
        has = (device.layers, device.inputs, device.outputs, device.arena_bytes)
        wants = (len(program.steps), len(program.graph.inputs), len(program.graph.outputs), program.arena_bytes)
        if model_hash is not None and device.hash != model_hash:
            difference = f"hash {device.hash}, expected {model_hash}"
        elif has != wants:
            difference = f"{has[0]} layers and {has[3]} bytes of arena, expected {wants[0]} and {wants[3]}"
        else:
            return
        raise VerificationError(f"{self.name} runs another model: {difference}",
                                [("on the device", device.name), ("expected", program.graph.name)],
                                "flash the firmware of this build directory")

    def load(self, inputs: Sequence[Array]) -> int:
        """Write all inputs of one inference; return their CRC, which names them in the requests that follow."""
        self._write(inputs, sum(x.nbytes for x in inputs))
        return _crc(inputs)

    def _write(self, inputs: Sequence[Array], count: int) -> None:
        """Write the first ``count`` bytes of the inputs."""
        size = max(self.device.payload_bytes, self.device.request_bytes) - 5
        for index, array in enumerate(inputs):
            data = array.tobytes()[: max(0, count)]
            count -= array.nbytes
            for offset in range(0, len(data), size):
                self.request(Request.WRITE, struct.pack("<BI", index, offset) + data[offset : offset + size])

    def run(self, inputs_crc: int) -> int | None:
        """Run one inference on the loaded inputs; return its cycles, None where the device cannot count them."""
        kind, cycles = struct.unpack("<BI", self.request(Request.RUN, struct.pack("<I", inputs_crc)))
        return cycles if self._counts(kind) else None

    def read(self, output: int, shape: Sequence[int], inputs_crc: int, data: bytes = b"") -> Array:
        """Return one output of the last run, int8 of ``shape``; its first bytes are ``data``."""
        total, size = int(np.prod(shape)), self.device.payload_bytes - 9
        while len(data) < total:
            count = min(size, total - len(data))
            answer = self.request(Request.READ, struct.pack("<BIH", output, len(data), count))
            if answer[:9] != struct.pack("<BII", output, len(data), inputs_crc):
                raise LostInputsError
            data += answer[9:]
        return np.frombuffer(data, dtype=np.int8).reshape(shape)

    def infer(self, inputs: Sequence[Array], output_shapes: Sequence[Sequence[int]]) -> Result:
        """Return the outputs of one inference and its cycles."""
        def step_by_step(inputs_crc: int) -> Result:
            cycles = self.run(inputs_crc)
            return tuple(self.read(i, shape, inputs_crc) for i, shape in enumerate(output_shapes)), cycles

        try:
            if not self.device.request_bytes:
                return self._with_inputs(inputs, step_by_step)
            return self._persist(lambda: self._infer_at_once(inputs, output_shapes))
        except FaultError as error:
            raise self._fault_by_layer(inputs, error) from None

    def _infer_at_once(self, inputs: Sequence[Array], output_shapes: Sequence[Sequence[int]]) -> Result:
        """Infer with as much of inputs and outputs in one request and its answer as they hold."""
        data, inputs_crc = b"".join(x.tobytes() for x in inputs), _crc(inputs)
        before = max(0, len(data) - (self.device.request_bytes - 4))
        self._write(inputs, before)
        answer = self.request(Request.INFER, struct.pack("<I", inputs_crc) + data[before:])
        (kind, cycles), first = struct.unpack_from("<BI", answer), answer[5:]
        outputs = []
        for index, shape in enumerate(output_shapes):
            size = int(np.prod(shape))
            outputs.append(self.read(index, shape, inputs_crc, first[:size]))
            first = first[size:]
        return tuple(outputs), cycles if self._counts(kind) else None

    def run_vectors(self, inputs: Sequence[Array], output_shapes: Sequence[Sequence[int]], start: int = 0,
                    on_result: OnResult | None = None) -> None:
        """Run vectors ``start``.. of ``inputs`` (per model input [V, ...]); ``on_result(index, outputs)`` gets each.

        The error of a run that breaks off says how many vectors are done: call again with that ``start``.
        """
        total = len(inputs[0])
        for index in range(start, total):
            try:
                outputs, _ = self.infer([x[index] for x in inputs], output_shapes)
            except ToolError as error:
                error.details += (("done", f"{index} of {total} vectors; the run resumes with vector {index}"),)
                raise
            if on_result is not None:
                on_result(index, outputs)

    def profile(self, inputs: Sequence[Array]) -> list[LayerProfile]:
        """Return cycles, and instructions where a simulator counts them, of every layer in one inference."""
        with getattr(self.port, "counting", contextlib.nullcontext)():
            cycles = self._with_inputs(inputs, self._layer_cycles)
        counted = self.port.layer_counts() if hasattr(self.port, "layer_counts") else {}
        return [LayerProfile(*counted.get(i, (c, None))) for i, c in enumerate(cycles)]

    def _fault_by_layer(self, inputs: Sequence[Array], error: FaultError) -> FaultError:
        """Return the error, or that of the same inference layer by layer when only that one names the layer."""
        if error.names_layer:
            return error
        try:
            self._with_inputs(inputs, lambda crc: [self.request(Request.PROFILE, struct.pack("<IHB", crc, layer, 1))
                                                   for layer in range(self.device.layers)])
        except FaultError as second:
            return second
        return error

    def _layer_cycles(self, inputs_crc: int) -> list[int | None]:
        step = min(PROFILE_LAYERS, (self.device.payload_bytes - 3) // 4)
        cycles: list[int | None] = []
        while len(cycles) < self.device.layers:
            first, count = len(cycles), min(step, self.device.layers - len(cycles))
            answer = self.request(Request.PROFILE, struct.pack("<IHB", inputs_crc, first, count))
            kind, values = answer[2], struct.unpack(f"<{count}I", answer[3:])
            cycles.extend(v if self._counts(kind) else None for v in values)
        return cycles

    def dump(self, inputs: Sequence[Array], layer: int, offset: int, size: int) -> bytes:
        """Return arena bytes [offset, offset + size) as they are after ``layer`` of an inference on ``inputs``."""
        chunk = self.device.payload_bytes - 6

        def action(inputs_crc: int) -> bytes:
            data = b""
            while len(data) < size:
                count = min(chunk, size - len(data))
                head = struct.pack("<HI", layer, offset + len(data))
                answer = self.request(Request.DUMP, struct.pack("<I", inputs_crc) + head + struct.pack("<H", count))
                data += answer[6:]
            return data

        try:  # one inference serves many dumps of the same or later layers
            return action(_crc(inputs))
        except DeviceError as error:
            if error.code is not ErrorCode.INPUTS:
                raise
        return self._with_inputs(inputs, action)

    def stack(self) -> int | None:
        """Return the deepest use of the stack since reset, in bytes; None where the device does not know."""
        return struct.unpack("<I", self.request(Request.STACK))[0] or None

    def fetch_fault(self) -> FaultRecord | None:
        """Return the record of the device's last fault, which the device then forgets; None without one."""
        return FaultRecord.parse(self.request(Request.FAULT))

    def reset(self) -> None:
        """Restart the device."""
        self.request(Request.RESET)

    # -- frames --------------------------------------------------------------------------------------------------

    def request(self, kind: Request, payload: bytes = b"") -> bytes:
        """Return the payload of the answer to one request."""
        self._sequence = (self._sequence + 1) & 0xFF
        self.statistics.requests += 1
        wire = frames.encode(Frame(frames.VERSION, self._sequence, kind, payload))
        try:
            for attempt in range(self.attempts):
                if attempt:
                    self.statistics.resent += 1
                    wire = b"\0" + wire.lstrip(b"\0")  # ends what the line may have left in the device's receiver
                self.port.write(wire)
                answer = self._answer(kind, self.timeout_s * 2 ** min(attempt, 5))
                if answer is not None:
                    return self._payload(kind, answer)
        except serial.SerialException as exc:
            raise ToolError(f"port {self.name} failed: {exc}", self._where(kind, payload)) from exc
        raise ToolError(
            f"{self.name} does not answer {kind.name}: sent {self.attempts} times",
            [*self._where(kind, payload), ("received", f"{self.statistics.received_bytes} bytes, "
              f"{self._decoder.damaged} damaged and {self.statistics.stale} stale frames")],
            ["reset the board, and check that it runs this tool's firmware and no other program uses the port"])

    def _answer(self, kind: Request, timeout_s: float) -> Frame | None:
        deadline, received = time.monotonic() + timeout_s, 0
        self.port.timeout = timeout_s
        while True:
            data = self.port.read(max(1, self.port.in_waiting))
            self.statistics.received_bytes += len(data)
            for frame in self._decoder.feed(data):
                if frame.sequence == self._sequence and frame.type in (kind | frames.ANSWER, frames.ERROR):
                    return frame
                self.statistics.stale += 1
            received += len(data)
            late = time.monotonic() > deadline and not self.port.in_waiting  # what waits already may be the answer
            if not data or late or received > self._decoder.limit_bytes:
                return None

    def _payload(self, kind: Request, answer: Frame) -> bytes:
        if answer.version != frames.VERSION:
            raise ToolError(f"{self.name} speaks protocol version {answer.version}, this tool speaks {frames.VERSION}",
                            [("port", self.name)], "build and flash the firmware again")
        if answer.type != frames.ERROR:
            return answer.payload
        code = ErrorCode(answer.payload[0])
        if code is ErrorCode.FAULT and (record := FaultRecord.parse(answer.payload[1:])) is not None:
            self.fetch_fault()
            details = [("port", self.name), *record.details(self._symbol_at)]
            raise FaultError(self.name, kind.name, record, details)
        raise DeviceError(code, f"{self.name} refuses {kind.name}: {code.name}", self._where(kind, answer.payload))

    def _where(self, kind: Request, payload: bytes) -> list[tuple[str, str]]:
        frame = f"{kind.name}, sequence {self._sequence}, {len(payload)} bytes of payload"
        return [("port", self.name), ("frame", frame)]

    def _with_inputs(self, inputs: Sequence[Array], action: Callable[[int], T]) -> T:
        """Return ``action(inputs_crc)`` on freshly loaded inputs."""
        return self._persist(lambda: action(self.load(inputs)))

    def _persist(self, inference: Callable[[], T]) -> T:
        """Return what an inference returns; begin it again when the device forgot its inputs (a reset)."""
        for _ in range(RESTARTS):
            try:
                return inference()
            except LostInputsError:
                self.statistics.restarts += 1
            except DeviceError as error:
                if error.code not in (ErrorCode.INPUTS, ErrorCode.STATE):
                    raise
                self.statistics.restarts += 1
        raise ToolError(f"{self.name} forgot the inputs of an inference {RESTARTS} times", [("port", self.name)],
                        "check the supply of the board: it may reset while it computes")

    def _counts(self, kind: int) -> bool:
        return kind != CycleKind.NONE and bool(getattr(self.port, "counts_cycles", True))


def _crc(inputs: Sequence[Array]) -> int:
    """Return the CRC-32 of all inputs, one after the other, which names them."""
    return zlib.crc32(b"".join(x.tobytes() for x in inputs))
