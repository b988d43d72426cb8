"""bossac 1.9 of Arduino."""

from pathlib import Path

import stub

arguments = stub.record()
stub.need(arguments[0].startswith("--port=") and arguments[1:5] == ["-U", "-i", "-e", "-w"], arguments)
stub.need(arguments[6:] == ["-R"], arguments)
if stub.MODE == "absent":
    stub.fail(f"No device found on {arguments[0][7:]}")
if stub.MODE == "locked":
    stub.fail("Security bit is set")
stub.program([(0x10000, Path(arguments[5]).read_bytes())])
