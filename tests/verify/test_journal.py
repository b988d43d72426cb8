"""The journal of a verification: what is done is kept, what was cut off or belongs to something else is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from toolchain.errors import UsageError
from toolchain.verify import Journal

INPUTS = [np.arange(24, dtype=np.int8).reshape(6, 4)]
OUTPUTS = [np.arange(12, dtype=np.int8).reshape(6, 2), np.arange(6, dtype=np.int8).reshape(6, 1)]


def interrupted(path: Path, count: int) -> None:
    """Write the records of the first vectors, and break off."""
    with pytest.raises(KeyboardInterrupt), Journal(path, "hash", INPUTS, OUTPUTS) as journal:
        for index in range(len(journal.done), count):
            journal.append(index, [y[index] for y in OUTPUTS])
        raise KeyboardInterrupt


def done(path: Path) -> int:
    journal = Journal(path, "hash", INPUTS, OUTPUTS)
    for index, outputs in enumerate(journal.done):
        for got, expected in zip(outputs, OUTPUTS, strict=True):
            np.testing.assert_array_equal(got, expected[index])
    return len(journal.done)


def test_what_was_done_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    interrupted(path, 2)
    assert done(path) == 2
    interrupted(path, 5)
    assert done(path) == 5
    with Journal(path, "hash", INPUTS, OUTPUTS):
        pass
    assert not path.exists()


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (lambda data: data[:-1], 4),
        (lambda data: data[:-8], 3),
        (lambda data: data[:-20] + bytes([data[-20] ^ 1]) + data[-19:], 2),
        (lambda data: data + b"\0" * 7, 5),
        (lambda data: data + data[-7:], 5),  # a record of another vector
    ],
)
def test_records_that_were_cut_off_or_damaged_are_run_again(change: object, left: int, tmp_path: Path) -> None:
    path = tmp_path / "journal"
    interrupted(path, 5)
    assert callable(change)
    path.write_bytes(change(path.read_bytes()))
    assert done(path) == left
    interrupted(path, 6)
    assert done(path) == 6


def test_the_journal_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    interrupted(path, 3)
    before = path.read_bytes()
    with pytest.raises(UsageError, match="another model or of other vectors"):
        Journal(path, "other", INPUTS, OUTPUTS)
    with pytest.raises(UsageError, match="another model or of other vectors"):
        Journal(path, "hash", [INPUTS[0] + 1], OUTPUTS)
    assert path.read_bytes() == before
    with pytest.raises(UsageError, match="cannot write journal"):
        Journal(tmp_path, "hash", INPUTS, OUTPUTS)
