"""OpenOCD 0.12, as far as flashing goes."""

import os
import re
import signal
from pathlib import Path

import stub
from elftools.elf.elffile import ELFFile

arguments, files, commands = stub.record(), [], []
for option, value in zip(arguments[::2], arguments[1::2], strict=True):
    stub.need(option in ("-f", "-c"), arguments)
    (files if option == "-f" else commands).append(value)
stub.need(files and files[0].startswith("interface/") and files[-1].startswith("target/"), arguments)
for command in commands:
    if command == "init" and stub.MODE == "absent":
        stub.fail("Error: open failed")
    elif match := re.fullmatch(r"flash write_image erase \{(.*)\}", command):
        if stub.MODE == "locked":
            stub.fail("nRF52 device has AP lock engaged (see UICR APPROTECT register).\nError: Target not examined yet")
        if stub.MODE == "interrupt":
            os.kill(os.getppid(), signal.SIGINT)
        with Path(match[1]).open("rb") as file:
            stub.program([(s["p_paddr"], s.data()) for s in ELFFile(file).iter_segments("PT_LOAD")])
    elif match := re.fullmatch(r"dump_image \{(.*)\} (\w+) (\w+)", command):
        if stub.MODE != "silent":
            Path(match[1]).write_bytes(stub.contents(int(match[2], 0), int(match[3], 0)))
    else:
        known = command in ("init", "reset halt", "reset run", "shutdown", "transport select swd")
        known = known or command == "gdb_port disabled; tcl_port disabled; telnet_port disabled"
        stub.need(known or re.fullmatch(r"adapter serial \w+", command), arguments)
stub.need(commands[-1] == "shutdown", arguments)
