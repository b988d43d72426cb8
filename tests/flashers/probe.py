"""pyOCD's view of a chip: a DAPLink on a micro:bit v2, and the memory access that it offers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from pyocd.core.memory_interface import MemoryInterface
from pyocd.probe.debug_probe import DebugProbe

from tests.flashers.chip import Chip
from tests.flashers.jtag import DebugPort

DPIDR = 0x2BA01477  # of an SW-DP


class Memory(MemoryInterface):
    """The accelerated memory access that a probe offers for the AHB-AP."""

    def __init__(self, chip: Chip) -> None:
        self.chip = chip

    def write_memory(self, addr: int, data: int, transfer_size: int = 32, **_: Any) -> None:
        self.chip.write(addr, data.to_bytes(transfer_size // 8, "little"))

    def read_memory(self, addr: int, transfer_size: int = 32, now: bool = True, **_: Any) -> Any:
        value = int.from_bytes(self.chip.read(addr, transfer_size // 8), "little")
        return value if now else lambda: value

    def write_memory_block32(self, addr: int, data: Sequence[int], **_: Any) -> None:
        self.chip.write(addr, b"".join(word.to_bytes(4, "little") for word in data))

    def read_memory_block32(self, addr: int, size: int, **_: Any) -> list[int]:
        memory = self.chip.read(addr, 4 * size)
        return [int.from_bytes(memory[i : i + 4], "little") for i in range(0, len(memory), 4)]

    def write_memory_block8(self, addr: int, data: Sequence[int], **_: Any) -> None:
        self.chip.write(addr, bytes(data))

    def read_memory_block8(self, addr: int, size: int, **_: Any) -> list[int]:
        return list(self.chip.read(addr, size))


class Probe(DebugProbe):  # type: ignore[misc]
    """A DAPLink on a micro:bit v2, in front of ``chips[unique_id]``."""

    chips: ClassVar[dict[str, Chip]] = {}

    @classmethod
    def get_all_connected_probes(cls, unique_id: str | None = None, is_explicit: bool = False) -> list[Probe]:
        return [cls(serial) for serial in cls.chips]

    @classmethod
    def get_probe_with_id(cls, unique_id: str, is_explicit: bool = False) -> Probe | None:
        return cls(unique_id) if unique_id in cls.chips else None

    def __init__(self, serial: str) -> None:
        super().__init__()
        self.chip, self._serial, self._open, self._connected = self.chips[serial], serial, False, False
        self._port, self._asserted = DebugPort(self.chip), False

    vendor_name, product_name = "Arm", "DAPLink CMSIS-DAP"
    supported_wire_protocols: ClassVar = [DebugProbe.Protocol.DEFAULT, DebugProbe.Protocol.SWD]
    capabilities: ClassVar = {DebugProbe.Capability.MANAGED_AP_SELECTION, DebugProbe.Capability.MANAGED_DPBANKSEL}

    @property
    def unique_id(self) -> str:
        return self._serial

    @property
    def wire_protocol(self) -> Any:
        return DebugProbe.Protocol.SWD if self._connected else None

    @property
    def is_open(self) -> bool:
        return self._open

    def open(self) -> None:
        self._open = True

    def close(self) -> None:
        self._open = False

    def connect(self, protocol: Any = None) -> None:
        self._connected = True

    def disconnect(self) -> None:
        self._connected = False

    def set_clock(self, frequency: float) -> None:
        pass

    def reset(self) -> None:
        self.chip.reset()

    def assert_reset(self, asserted: bool) -> None:
        if self._asserted and not asserted:
            self.chip.reset()
        self._asserted = bool(asserted)

    def is_reset_asserted(self) -> bool:
        return self._asserted

    def read_dp(self, addr: int, now: bool = True) -> Any:
        value = self._port.dp(True, addr & 0xF, 0) if addr & 0xF else DPIDR
        return value if now else lambda: value

    def write_dp(self, addr: int, data: int) -> None:
        self._port.dp(False, addr & 0xF, data)

    def read_ap(self, addr: int, now: bool = True) -> Any:
        value = self._access(addr, True, 0)
        return value if now else lambda: value

    def write_ap(self, addr: int, data: int) -> None:
        self._access(addr, False, data)

    def _access(self, address: int, is_read: bool, data: int) -> int:
        self._port.select = address & 0xFF0000F0
        return self._port.ap(is_read, address & 0xC, data)

    def read_ap_multiple(self, addr: int, count: int = 1, now: bool = True) -> Any:
        values: Callable[[], list[int]] = lambda: [self.read_ap(addr) for _ in range(count)]  # noqa: E731
        return values() if now else values

    def write_ap_multiple(self, addr: int, values: Sequence[int]) -> None:
        for value in values:
            self.write_ap(addr, value)

    def get_memory_interface_for_ap(self, ap_address: Any) -> Memory | None:
        return Memory(self.chip) if ap_address.apsel == 0 else None
