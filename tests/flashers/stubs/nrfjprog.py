"""nrfjprog 10: ids, program, readcode, reset."""

from pathlib import Path

import stub
from intelhex import IntelHex

arguments = stub.record()
if arguments == ["--ids"]:
    print("683000001" if stub.MODE != "two" else "683000001\n683000002")
    raise SystemExit
stub.need({"--snr", "--family"} <= set(arguments), arguments)
if stub.MODE == "absent":
    stub.fail("ERROR: There is no debugger connected to the PC.", 41)
if arguments[0] == "--program":
    stub.need(arguments[2] == "--sectorerase", arguments)
    if stub.MODE == "locked":
        stub.fail(
            "ERROR: The operation attempted is unavailable due to readback protection in\nERROR: your device.", 16
        )
    image = IntelHex(arguments[1])
    stub.program([(start, image.tobinstr(start, end - 1)) for start, end in image.segments()])
elif arguments[0] == "--readcode":
    copy = IntelHex()
    copy.frombytes(stub.contents(0, 0x20000))
    if stub.MODE != "silent":
        copy.write_hex_file(str(Path(arguments[1])))
else:
    stub.need(arguments[0] == "--reset", arguments)
