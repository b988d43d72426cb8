"""The chip's debug port at the level of wires, for a program that is not Python: OpenOCD's remote_bitbang over TCP.

JTAG, because OpenOCD 0.12 drives nothing else that way; a real nRF52 has SWD only. Behind the wires all is the same.
Source: OpenOCD, doc/manual/jtag/drivers/remote_bitbang.txt; IEEE 1149.1, 6.1 (TAP controller); Arm ADIv5.2 (IHI 0031),
        B3.2 (JTAG-DP scan chains), B2.2 (DP registers), C2.6 (MEM-AP registers).
"""

from __future__ import annotations

import socket
import threading

from pyocd.core import exceptions

from tests.flashers.chip import ROM_TABLE, Chip

POWER_BITS, STICKY_ERROR = 0x50000000, 1 << 5
CSW, TAR, DRW, BASE, IDR = 0x00, 0x04, 0x0C, 0xF8, 0xFC
CTRL_AP, ERASE_ALL, APPROTECT_STATUS = 1, 0x04, 0x0C
ABORT, DPACC, APACC, IDCODE = 0x8, 0xA, 0xB, 0xE
LENGTHS = {ABORT: 35, DPACC: 35, APACC: 35, IDCODE: 32}  # of data registers; BYPASS and all others: 1
ACKNOWLEDGE = 0b010
#: state -> the next one for TMS 0 and 1
STATES = {
    "reset": ("idle", "reset"),
    "idle": ("idle", "select-dr"),
    "select-dr": ("capture-dr", "select-ir"),
    "capture-dr": ("shift-dr", "exit1-dr"),
    "shift-dr": ("shift-dr", "exit1-dr"),
    "exit1-dr": ("pause-dr", "update-dr"),
    "pause-dr": ("pause-dr", "exit2-dr"),
    "exit2-dr": ("shift-dr", "update-dr"),
    "update-dr": ("idle", "select-dr"),
    "select-ir": ("capture-ir", "reset"),
    "capture-ir": ("shift-ir", "exit1-ir"),
    "shift-ir": ("shift-ir", "exit1-ir"),
    "exit1-ir": ("pause-ir", "update-ir"),
    "pause-ir": ("pause-ir", "exit2-ir"),
    "exit2-ir": ("shift-ir", "update-ir"),
    "update-ir": ("idle", "select-dr"),
}


class DebugPort:
    """DP, AHB-AP and CTRL-AP behind register accesses."""

    def __init__(self, chip: Chip) -> None:
        self.chip, self.select, self.control, self.error = chip, 0, 0, False
        self.csw, self.tar = dict.fromkeys(chip.memory_aps, 0x23000002), dict.fromkeys(chip.memory_aps, 0)

    def dp(self, is_read: bool, address: int, data: int) -> int:
        """Carry out one access to a DP register; return what a read delivers."""
        if address == 0x4 and is_read:
            return self.control | self.control << 1 | (STICKY_ERROR if self.error else 0)
        if address == 0x4 and not self.select & 0xF:
            self.control, self.error = data & POWER_BITS, self.error and not data & STICKY_ERROR
        elif address == 0x8 and not is_read:
            self.select = data
        return 0

    def ap(self, is_read: bool, address: int, data: int) -> int:
        """Carry out one access to a register of the selected AP; return what a read delivers."""
        number, register = self.select >> 24, self.select & 0xF0 | address
        if number == CTRL_AP:
            if register == ERASE_ALL and not is_read and data:
                self.chip.mass_erased = True
            return {IDR: 0x12880000, APPROTECT_STATUS: 0 if self.chip.locked else 1}.get(register, 0)
        if number not in self.chip.memory_aps:
            return 0
        try:
            return self._memory_ap(number, is_read, register, data)
        except exceptions.TransferFaultError:
            self.error = True
            return 0

    def _memory_ap(self, number: int, is_read: bool, register: int, data: int) -> int:
        if register == CSW and not is_read:
            self.csw[number] = data & ~0x20 | 0x40  # no packed transfers; the device may be accessed
        elif register == TAR and not is_read:
            self.tar[number] = data
        elif register == DRW:
            return self._data(number, is_read, data)
        elif 0x10 <= register <= 0x1C:
            where = self.tar[number] & ~0xF | register & 0xC
            if is_read:
                return int.from_bytes(self.chip.read(where, 4), "little")
            self.chip.write(where, data.to_bytes(4, "little"))
        return {CSW: self.csw[number], TAR: self.tar[number], BASE: ROM_TABLE | 3, IDR: 0x24770011}.get(register, 0)

    def _data(self, number: int, is_read: bool, data: int) -> int:
        where, csw = self.tar[number], self.csw[number]
        size, lane = 1 << (csw & 7), 8 * (where & 3)
        if csw & 0x30:
            self.tar[number] = where & ~0xFFF | where + size & 0xFFF  # a Cortex-M4 counts in 4 KiB
        if is_read:
            return int.from_bytes(self.chip.read(where, size), "little") << lane
        self.chip.write(where, (data >> lane & (1 << 8 * size) - 1).to_bytes(size, "little"))
        return 0


class Tap:
    """The TAP controller with the scan chains of a JTAG-DP."""

    def __init__(self, port: DebugPort) -> None:
        self.port, self.state, self.instruction = port, "reset", IDCODE
        self._shift, self._length, self._result = 0, 1, 0

    @property
    def output(self) -> int:
        """The level of TDO."""
        return self._shift & 1

    def clock(self, tms: int, tdi: int) -> None:
        """Take a rising edge of TCK."""
        if self.state.startswith("shift"):
            self._shift = self._shift >> 1 | tdi << self._length - 1
        elif self.state == "capture-ir":
            self._shift, self._length = 0b0001, 4
        elif self.state == "capture-dr":
            self._length = LENGTHS.get(self.instruction, 1)
            accesses = self._result << 3 | ACKNOWLEDGE
            self._shift = {32: self.port.chip.jtag_idcode, 35: accesses}.get(self._length, 0)
        self.state = STATES[self.state][tms]
        if self.state == "update-ir":
            self.instruction = self._shift
        elif self.state == "update-dr" and self.instruction in (DPACC, APACC):
            access = self.port.dp if self.instruction == DPACC else self.port.ap
            self._result = access(bool(self._shift & 1), (self._shift >> 1 & 3) << 2, self._shift >> 3)
        elif self.state == "reset":
            self.instruction = IDCODE


class Server(threading.Thread):
    """remote_bitbang on a free TCP port, for one connection after the other."""

    def __init__(self, chip: Chip) -> None:
        super().__init__(daemon=True)
        self.chip = chip
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.number = int(self.listener.getsockname()[1])

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:  # closed
                return
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        tap = Tap(DebugPort(self.chip))
        while data := connection.recv(65536):
            answer = bytearray()
            for code in data:
                if 0x34 <= code <= 0x37:  # 4 to 7: TCK high; 0 to 3 are the same with TCK low
                    tap.clock(code >> 1 & 1, code & 1)
                elif code == ord("R"):
                    answer.append(0x30 + tap.output)
                elif code == ord("Q"):
                    return
            connection.sendall(answer)

    def close(self) -> None:
        """Accept no more."""
        self.listener.close()
