"""Quantities, metrics and the project file, through what a build sees of them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from toolchain import Budget, metrics, project, project_file
from toolchain.budget import parse_bytes, parse_fraction, parse_time_us
from toolchain.data import Samples, augmented
from toolchain.errors import ModelError, UsageError


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("64KiB", 65536),
        ("64 KiB", 65536),
        ("1.5MiB", 1572864),
        ("64kB", 64000),
        ("100", 100),
        (4096, 4096),
        ("12B", 12),
    ],
)
def test_bytes(text: str | int, size: int) -> None:
    assert parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "KiB", "64XiB", "-1KiB", "0", "1e3", "nan", "64KiB!", True])
def test_bytes_refused(text: str) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        parse_bytes(text)


@pytest.mark.parametrize(("text", "us"), [("20ms", 20_000), ("1.5 s", 1_500_000), ("300us", 300), ("300µs", 300)])
def test_times(text: str, us: float) -> None:
    assert parse_time_us(text) == us


@pytest.mark.parametrize(("text", "fraction"), [("1%", 0.01), ("0.5 %", 0.005), (0.02, 0.02), ("0", 0.0), (0, 0.0)])
def test_fractions(text: str | float, fraction: float) -> None:
    assert parse_fraction(text) == pytest.approx(fraction)


def test_budget_override_keeps_the_rest() -> None:
    merged = Budget(flash="64KiB", ram="8KiB", weights="3KiB").override(Budget(ram="16KiB"))
    assert (merged.flash_bytes, merged.ram_bytes, merged.latency_us, merged.drop) == (65536, 16384, None, None)
    assert merged.weights_bytes == 3072


def test_budget_error_names_its_place() -> None:
    with pytest.raises(UsageError) as error:
        Budget(flash="x", where={"flash": "toolchain.toml: [budget] flash"})
    assert "toolchain.toml: [budget] flash" in str(error.value)


def test_accuracy() -> None:
    score = metrics.get("accuracy", "")
    outputs = np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 1.0]], np.float32)
    assert score([outputs], np.array([0, 1, 1])) == pytest.approx(2 / 3)
    assert score([outputs], np.array([[1, 0], [0, 1], [0, 1]])) == pytest.approx(2 / 3)  # one-hot
    assert score([np.array([[0.9], [0.2]], np.float32)], np.array([1, 0])) == 1.0
    assert score.drop(0.9, 0.85) == 0.05
    assert score.drop(0.905, 0.89) == 0.015


def test_mse_drops_when_it_grows() -> None:
    score = metrics.get("mse", "")
    assert score([np.zeros((2, 3), np.float32)], np.full((2, 3), 2.0)) == 4.0
    assert score.drop(4.0, 5.0) == pytest.approx(0.25)


def test_auc_counts_ties_half() -> None:
    score = metrics.get("auc", "")
    assert score([np.array([[0.1], [0.4], [0.4], [0.8]], np.float32)], np.array([0, 0, 1, 1])) == pytest.approx(0.875)
    assert score([np.array([[1.0, 0.0], [0.0, 1.0]], np.float32)], np.array([0, 1])) == 1.0
    with pytest.raises(ModelError, match="both classes"):
        score([np.zeros((2, 1), np.float32)], np.array([1, 1]))


def _write(folder: Path, value: int, *, metric: str = "accuracy") -> Path:
    folder.mkdir()
    (folder / "toolchain.toml").write_text(f"""
[project]
name = "p"
[model]
factory = "model:build"
input_shapes = [[1, 4]]
[data]
calibration = "data:calibration"
evaluation = "data:evaluation"
metric = "{metric}"
[budget]
flash = "8KiB"
[verify]
vectors = "all"
""")
    (folder / "model.py").write_text(
        f"import torch\nimport data\n\n\ndef build():\n    assert data.VALUE == {value}\n"
        "    return torch.nn.Linear(4, 2).eval()\n"
    )
    (folder / "data.py").write_text(
        f"import numpy as np\nVALUE = {value}\n\n\ndef calibration():\n"
        "    return np.full((5, 4), VALUE, np.float32)\n\n\ndef evaluation():\n"
        "    return calibration(), np.zeros(5)\n\n\ndef score(outputs, y):\n    return VALUE\n"
    )
    return folder


def test_two_projects_with_modules_of_one_name(tmp_path: Path) -> None:
    """Each sees its own model.py and data.py, and the interpreter is left as it was."""
    path, modules = list(sys.path), set(sys.modules)
    for value in (1, 2):
        _, data = project_file.read(_write(tmp_path / f"p{value}", value)).load()
        assert data.calibration[0][0, 0] == value
    assert sys.path == path
    assert not {"model", "data"} & (set(sys.modules) - modules)


def test_the_file_is_read_whole(tmp_path: Path) -> None:
    found = project_file.read(_write(tmp_path / "p", 3, metric="data:score"))
    assert (found.name, found.vectors, found.budget.flash_bytes, found.metric.name) == ("p", "all", 8192, "data:score")
    assert found.metric([np.zeros((5, 2), np.float32)], np.zeros(5)) == 3.0


def _android(folder: Path, lines: str) -> project.Project:
    file = _write(folder, 1) / "toolchain.toml"
    file.write_text(f"{file.read_text()}[android]\n{lines}\n")
    return project_file.read(folder)


def test_group_and_version_for_maven(tmp_path: Path) -> None:
    default = project_file.read(_write(tmp_path / "default", 1)).maven
    assert (default.group, default.version) == ("toolchain.models", "1.0")
    own = _android(tmp_path / "own", 'group = "com.example.net_2"\nversion = "1.2.3.4-rc.1"').maven
    assert (own.group, own.version) == ("com.example.net_2", "1.2.3.4-rc.1")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('group = "Com.Example"', "no package of Java"),
        ('group = "com..example"', "no package of Java"),
        ('group = ""', "no package of Java"),
        ('group = "com.new.models"', "'new' is a keyword"),
        ('version = "1.2.3.4.5"', "one to four numbers"),
        ('version = "v1"', "one to four numbers"),
        ('version = "1.0/../2"', "one to four numbers"),
        ("version = 1.0", "does not fit version"),
        ('versions = "1.0"', "unknown key 'versions'"),
    ],
)
def test_group_and_version_that_are_refused(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(UsageError) as error:
        _android(tmp_path / "p", line)
    assert says in str(error.value) and "[android]" in error.value.details[0][1]


def _augmented(folder: Path, function: str) -> Samples:
    """Return the training set, with copies, of a project whose data.py has this ``augment``."""
    _write(folder, 1)
    with (folder / "data.py").open("a") as file:
        file.write("\n\ndef training():\n    return calibration(), np.zeros(5), np.arange(5) // 2\n\n\n" + function)
    text = (folder / "toolchain.toml").read_text()
    (folder / "toolchain.toml").write_text(
        text.replace("metric", 'training = "data:training"\naugment = "data:augment"\nmetric')
    )
    training = augmented(project_file.read(folder).load()[1], 0).training
    assert training is not None
    return training


def test_the_projects_augmentation_makes_copies_of_the_training_set(tmp_path: Path) -> None:
    found = _augmented(tmp_path / "p", "def augment(x, rng):\n    return x + np.float32(rng.normal(size=x.shape))\n")
    assert found.groups is not None and found.groups.tolist() == [0, 0, 1, 1, 2]
    assert found.copies and all(copy[0].shape == (5, 4) for copy in found.copies)
    assert not np.array_equal(found.copies[0][0], found.copies[1][0])


def test_an_augmentation_of_another_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="augmentation returned shapes"):
        _augmented(tmp_path / "p", "def augment(x, rng):\n    return x[:, :3]\n")


def test_several_inputs_are_x0_x1(tmp_path: Path) -> None:
    (tmp_path / "m.pt2").write_bytes(b"")
    np.savez(tmp_path / "c.npz", x0=np.zeros((3, 2), np.float32), x1=np.ones((3, 4), np.float32))
    _, data = project.from_file(tmp_path / "m.pt2", tmp_path / "c.npz", None, None, "accuracy").load()
    assert [x.shape for x in data.calibration] == [(3, 2), (3, 4)]


@pytest.mark.parametrize(
    ("text", "name"), [("mbv1_vww", "mbv1_vww"), ("my-net.v2", "my_net_v2"), ("2nd", "model_2nd"), ("Net", "net")]
)
def test_names_become_identifiers(text: str, name: str) -> None:
    assert project.identifier_from(text) == name
