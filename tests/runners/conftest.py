"""Firmware of the hand-written model, and ports to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.runners import tiny
from toolchain import runners
from toolchain.artifacts import Firmware


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Firmware]:
    """Return a function target name -> firmware, built once."""
    root = tmp_path_factory.mktemp("tiny")

    def get(name: str, sanitize: bool = False) -> Firmware:
        return tiny.firmware(name, root / f"{name}{'-sanitized' if sanitize else ''}", sanitize)

    return get


@pytest.fixture
def port(build: Callable[..., Firmware]) -> Iterator[Callable[..., Any]]:
    """Return a function that opens a port to the model on the simulator; all are closed at the end."""
    opened = []

    def get(board: str = "sim-cortex-m4", options: str = "") -> Any:
        opened.append(runners.open_port(f"simulator://{build(board).elf}?board={board}{options}", 115200))
        return opened[-1]

    yield get
    for one in opened:
        one.close()


@pytest.fixture
def process(build: Callable[..., Firmware]) -> Iterator[Callable[[], Any]]:
    """Return a function that opens a port to the model as a process with sanitizers."""
    opened = []

    def get() -> Any:
        opened.append(runners.open_port(f"process://{Path(build('host', True).elf)}", 115200))
        return opened[-1]

    yield get
    for one in opened:
        one.close()
