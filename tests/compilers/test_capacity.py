"""A board that is too small: the message has the parts, the limit's place, and a board that is large enough."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compilers import trees
from toolchain import targets
from toolchain.errors import TargetError


def shrunk(kind: str, size_bytes: int, reserve_bytes: int = 0) -> targets.Target:
    """Return sim-cortex-m4 with a smaller memory of one kind."""
    target = targets.load("sim-cortex-m4")
    change = {"size_bytes": size_bytes, "reserve_bytes": reserve_bytes}
    memory = tuple(m.model_copy(update=change) if m.kind == kind else m for m in target.board.memory)
    return target.model_copy(update={"board": target.board.model_copy(update={"memory": memory})})


@pytest.mark.parametrize("kind", ["gcc", "zig"])
def test_flash_is_too_small(kind: str, tmp_path: Path) -> None:
    target = shrunk("flash", 5 * 1024, reserve_bytes=1024)
    with pytest.raises(TargetError) as caught:
        trees.compiler(kind, "sim-cortex-m4").build(trees.firmware_tree(target), target, tmp_path)
    message = str(caught.value)
    needed = trees.demo(kind, "sim-cortex-m4").sizes.flash_bytes
    assert message.startswith(f"error: demo needs {needed / 1024:.1f} KiB of flash, sim-cortex-m4 has 4.0 KiB")
    assert "weights 4.0 KiB + code" in message
    assert "targets/boards/sim-cortex-m4/board.toml: flash 5.0 KiB - reserve 1.0 KiB" in message
    assert "--flash 4KiB" in message and "--target microbit-v2 (512.0 KiB)" in message
    assert not (tmp_path / "firmware.elf").exists()


@pytest.mark.parametrize("kind", ["gcc", "zig"])
def test_ram_is_too_small_by_a_few_bytes(kind: str, tmp_path: Path) -> None:
    needed = trees.demo(kind, "sim-cortex-m4").sizes.ram_bytes
    with pytest.raises(TargetError, match=r"KiB of RAM") as caught:
        small = shrunk("ram", needed - 8)
        trees.compiler(kind, "sim-cortex-m4").build(trees.firmware_tree(small), small, tmp_path)
    assert "arena 0.5 KiB" in str(caught.value) and "stack" in str(caught.value)


@pytest.mark.parametrize("kind", ["gcc", "zig"])
def test_ram_that_is_just_large_enough_is_enough(kind: str, tmp_path: Path) -> None:
    needed = trees.demo(kind, "sim-cortex-m4").sizes.ram_bytes
    exact = shrunk("ram", needed + 8)  # alignment of the sections
    firmware = trees.compiler(kind, "sim-cortex-m4").build(trees.firmware_tree(exact), exact, tmp_path)
    assert firmware.sizes.ram_bytes == needed
