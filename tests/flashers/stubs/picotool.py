"""picotool 2: load, save, reboot."""

from pathlib import Path

import stub

from tests.flashers import uf2_file

arguments = stub.record()
stub.need("--bus" in arguments and "--address" in arguments, arguments)
if stub.MODE == "absent":
    stub.fail("No accessible RP-series devices in BOOTSEL mode were found at bus 1, address 1.", 249)
if arguments[0] == "load":
    if stub.MODE == "locked":
        stub.fail("ERROR: The device returned an error: permission denied: flash is write protected")
    stub.program(uf2_file.parse(Path(arguments[1]).read_bytes()).parts)
elif arguments[:2] == ["save", "-r"]:
    start, end = (int(text, 16) for text in arguments[2:4])
    if stub.MODE != "silent":
        Path(arguments[4]).write_bytes(stub.contents(start, end - start))
else:
    stub.need(arguments[0] == "reboot", arguments)
