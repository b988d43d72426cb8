"""A small project and a small .pt2 with data; a way to run the command line in this process."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from toolchain import cli

TOML = """
[project]
name = "tiny"
[model]
factory = "model:build"
input_shapes = [[1, 1, 4, 4]]
[data]
calibration = "data:calibration"
evaluation = "data:evaluation"
"""

MODEL = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3, padding=1)
        self.classify = nn.Linear(32, 3)
    def forward(self, x):
        return self.classify(torch.relu(self.conv(x)).flatten(1))

def build():
    torch.manual_seed(1)
    return Net().eval()
"""

DATA = """
import numpy as np

def _x(count):
    return np.random.default_rng(0).normal(0, 1, (count, 1, 4, 4)).astype(np.float32)

def calibration():
    return _x(16)

def evaluation():
    return _x(40), np.arange(40) % 3
"""


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in this process."""

    def call(*arguments: object) -> Outcome:
        capfd.readouterr()
        code = cli.run([str(a) for a in arguments])
        captured = capfd.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


def write_project(folder: Path) -> Path:
    """Write a project of three files and return its folder."""
    folder.mkdir()
    for name, text in (("toolchain.toml", TOML), ("model.py", MODEL), ("data.py", DATA)):
        (folder / name).write_text(textwrap.dedent(text))
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return the folder of a project."""
    return write_project(tmp_path / "project")


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with model.pt2, calibration.npz and evaluation.npz of the same network."""
    import torch

    folder = tmp_path_factory.mktemp("exported")
    scope: dict[str, Callable[[], torch.nn.Module]] = {"__name__": "model"}  # type: ignore[dict-item]
    exec(compile(MODEL, "model.py", "exec"), scope)
    torch.export.save(torch.export.export(scope["build"](), (torch.zeros(1, 1, 4, 4),)), folder / "model.pt2")
    x = np.random.default_rng(0).normal(0, 1, (40, 1, 4, 4)).astype(np.float32)
    np.savez(folder / "calibration.npz", x=x)
    np.savez(folder / "evaluation.npz", x=x, y=np.arange(40) % 3)
    return folder
