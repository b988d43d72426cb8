"""The outputs of vectors that are done, on disk, so that a host that was killed goes on where it stopped.

One line of JSON that names what was run, then a record a vector, in order: the outputs and the CRC-32 of the vector's
index and them. A record that was cut off or damaged, and what comes after it, counts as not done.

Raises: UsageError for a file that cannot be written, or that is the journal of something else.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from toolchain.errors import UsageError
from toolchain.ir import Array


class Journal:
    """Outputs of vectors 0, 1, ... in ``path``; use it as a context manager around a verification.

    Left without an error, everything is done and the file goes.
    """

    def __init__(self, path: Path, model_hash: str, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        self.path = path
        digest = hashlib.sha256(b"".join(array.tobytes() for array in (*inputs, *outputs))).hexdigest()
        header = json.dumps({"model": model_hash, "vectors": digest}).encode() + b"\n"
        self._shapes = [(array.shape[1:], array.dtype) for array in outputs]
        self._sizes = [array.nbytes // max(1, len(array)) for array in outputs]
        self._total = len(inputs[0])
        try:
            found = path.read_bytes() if path.exists() else b""
            if found and not found.startswith(header):
                raise UsageError(
                    f"{path} is the journal of another model or of other vectors",
                    [],
                    "--journal with another name, or remove it",
                )
            self.done = list(self._records(found[len(header) :]))
            self._file = path.open("r+b" if found else "wb")
            self._file.truncate(len(header) + len(self.done) * self._record_bytes if found else 0)
            self._file.seek(0, os.SEEK_END)
            self._file.write(b"" if found else header)
            self._file.flush()
        except OSError as exc:
            raise UsageError(f"cannot write journal {path}: {exc.strerror}") from exc

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._file.close()
        if kind is None:
            self.path.unlink()

    def append(self, index: int, outputs: Sequence[Array]) -> None:
        """Add the outputs of the next vector; they are in the file when this returns."""
        data = b"".join(array.tobytes() for array in outputs)
        self._file.write(data + struct.pack("<I", _crc(index, data)))
        self._file.flush()

    @property
    def _record_bytes(self) -> int:
        return sum(self._sizes) + 4

    def _records(self, data: bytes) -> Iterator[tuple[Array, ...]]:
        """Yield the outputs of the intact records at the start."""
        for index in range(min(self._total, len(data) // self._record_bytes)):
            record = data[index * self._record_bytes : (index + 1) * self._record_bytes]
            outputs = record[:-4]
            if _crc(index, outputs) != struct.unpack("<I", record[-4:])[0]:
                return
            ends = np.cumsum(self._sizes)
            yield tuple(
                np.frombuffer(outputs[end - size : end], dtype).reshape(shape)
                for end, size, (shape, dtype) in zip(ends, self._sizes, self._shapes, strict=True)
            )


def _crc(index: int, data: bytes) -> int:
    return zlib.crc32(struct.pack("<I", index) + data)
