"""st-flash of stlink 1.7."""

from pathlib import Path

import stub

arguments = stub.record()
if arguments[:1] == ["--serial"]:
    arguments = arguments[2:]
if stub.MODE == "absent":
    stub.fail("st-flash 1.7.0\nWARN usb.c: Couldn't find any ST-Link devices", 255)
stub.need(arguments and arguments[0] in ("write", "read", "reset"), arguments)
if arguments[0] == "write":
    stub.need(len(arguments) == 3, arguments)
    if stub.MODE == "locked":
        stub.fail("ERROR flash_loader.c: flash loader run error\nERROR common.c: Flash memory is write protected")
    stub.program([(int(arguments[2], 16), Path(arguments[1]).read_bytes())])
elif arguments[0] == "read":
    stub.need(len(arguments) == 4, arguments)
    if stub.MODE != "silent":
        Path(arguments[1]).write_bytes(stub.contents(int(arguments[2], 16), int(arguments[3], 16)))
