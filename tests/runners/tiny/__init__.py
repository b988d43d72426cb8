"""The hand-written model of tiny_app.c: its reference, and firmware of it for any target."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from toolchain import compilers, resources, targets
from toolchain.artifacts import Firmware, SourceTree
from toolchain.emit import sources
from toolchain.emit.render import render

SHAPES = [(300,)]
WEIGHTS = np.array([3, -5, 7, 11, -13, 17, 19, -23])


def vectors(count: int, seed: int = 0) -> list[np.ndarray]:
    """Return random inputs per model input, int8 [count, ...]; none starts with a command of tiny_app.c."""
    rng = np.random.default_rng(seed)
    first = rng.integers(-128, 128, (count, 64)).astype(np.int8)
    first[:, 0] = 1
    return [first, rng.integers(-128, 128, (count, 300)).astype(np.int8)]


def layers(first: np.ndarray, second: np.ndarray) -> list[np.ndarray]:
    """Return the output of each layer, int8 [300]."""
    index = np.arange(300)
    total = (second.astype(int) + first.astype(int)[index % 64]) & 0xFF
    scaled = (total * 3 + WEIGHTS[index % 8]) & 0xFF
    return [a.astype(np.uint8).view(np.int8) for a in (total, scaled, scaled ^ 0x5A)]


@cache
def firmware(target_name: str, folder: Path, sanitize: bool = False) -> Firmware:
    """Return firmware of the model, built once per folder."""
    target = targets.load(target_name)
    common = resources.templates() / "common" / "tc_types.h"
    board = {**sources.application(target.core.platform), **sources.board(target.board),
             "tc_board_config.h": render("app/common/tc_board_config.h.j2", board=target.board)}
    files = {"src/tc_types.h": common.read_text(), "src/tc_config.h": "",
             "app/tiny_app.c": Path(__file__).with_name("tiny_app.c").read_text(),
             **{f"app/{name}": text for name, text in board.items()}}
    script = None if target.core.hosted else "app/linker.ld"
    if script is not None:
        files[script] = render("linker/cortex-m.ld.j2", board=target.board)
    tree = SourceTree(files, tuple(sorted(f for f in files if f.endswith(".c"))), script)
    return compilers.find(None, target).build(tree, target, folder, sanitize=sanitize)
