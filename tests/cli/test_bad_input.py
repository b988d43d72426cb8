"""Bad input: a clear error that names what is wrong, the exit code, and nothing half-written."""

from __future__ import annotations

import os
import pickle
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Run

USAGE, MODEL, BUDGET, TOOL, INTERRUPTED = 2, 1, 3, 5, 130


@dataclass(frozen=True)
class Place:
    """Where a case happens: ``project`` holds the three files, ``files`` a .pt2 with its data."""

    project: Path
    files: Path

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.project / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def npz(self, name: str, **arrays: object) -> None:
        np.savez(self.files / name, **arrays)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Case:
    """``arguments`` are formatted with the two folders; every one of ``says`` must be in the message."""

    name: str
    code: int
    says: tuple[str, ...]
    break_it: Callable[[Place], object] = lambda place: None
    arguments: tuple[str, ...] = ("build", "--project", "{project}", "--target", "sim-cortex-m4", "-o", "{project}/out")
    environment: dict[str, str] = field(default_factory=dict)


def toml(old: str, new: str) -> Callable[[Place], object]:
    return lambda place: place.edit("toolchain.toml", old, new)


def model(old: str, new: str) -> Callable[[Place], object]:
    return lambda place: place.edit("model.py", old, new)


def data(old: str, new: str) -> Callable[[Place], object]:
    return lambda place: place.edit("data.py", old, new)


def pt2(*more: str, calibration: str = "{files}/calibration.npz", file: str = "{files}/model.pt2") -> tuple[str, ...]:
    return ("build", file, "--calibration", calibration, "--target", "sim-cortex-m4", "-o", "{project}/out", *more)


def project(*more: str, target: str = "sim-cortex-m4") -> tuple[str, ...]:
    return ("build", "--project", "{project}", "--target", target, "-o", "{project}/out", *more)


X = np.zeros((8, 1, 4, 4), np.float32)

CASES = (
    # the command line
    Case("no target", USAGE, ("no target", "--target cortex-m4"), arguments=("build", "--project", "{project}")),
    Case("unknown target", USAGE, ("unknown target 'cortex-m44'", "cortex-m4"), arguments=project(target="cortex-m44")),
    Case("unknown option", USAGE, ("No such option", "--target"), arguments=("build", "--targt", "x")),
    Case("unknown verb", USAGE, ("No such command", "build"), arguments=("biuld",)),
    Case(
        "unknown runner", USAGE, ("unknown runner 'simulater'", "simulator"), arguments=project("--runner", "simulater")
    ),
    Case("runner that the board lacks", USAGE, ("qemu", "sim-cortex-m4"), arguments=project("--runner", "qemu")),
    Case("unknown compiler", USAGE, ("unknown compiler 'gc'", "gcc"), arguments=project("--compiler", "gc")),
    Case(
        "compiler path that is not there",
        TOOL,
        ("compiler", "does not exist"),
        arguments=project("--compiler", "/none/gcc"),
    ),
    Case(
        "unknown rounding", USAGE, ("unknown rounding 'tripple'", "double"), arguments=project("--rounding", "tripple")
    ),
    Case("unknown stage", USAGE, ("unknown stage 'plam'", "plan"), arguments=project("--stop-after", "plam")),
    Case(
        "unknown objective", USAGE, ("unknown objective 'speed'", "latency"), arguments=project("--optimize", "speed")
    ),
    Case("bad flash limit", USAGE, ("--flash", "64KiB"), arguments=project("--flash", "lots")),
    Case("bad limit of the weights", USAGE, ("--weights", "64KiB"), arguments=project("--weights", "few")),
    Case("bad latency limit", USAGE, ("--latency", "unit is missing"), arguments=project("--latency", "20")),
    Case("drop above the whole", USAGE, ("--max-drop", "more than the whole"), arguments=project("--max-drop", "200%")),
    Case("zero RAM", USAGE, ("--ram", "more than zero"), arguments=project("--ram", "0")),
    Case("threads without a system", USAGE, ("has no threads", "--threads 1"), arguments=project("--threads", "2")),
    Case("threads of the project", USAGE, ("has no threads",), toml("[model]", "[model]\nthreads = 2")),
    Case("no thread", USAGE, ("0 threads cannot be",), arguments=project("--threads", "0", target="host")),
    Case("vectors that are no number", USAGE, ("--vectors", "32"), arguments=project("--vectors", "-3")),
    Case(
        "data options with a project",
        USAGE,
        ("--calibration", "[data] calibration"),
        arguments=project("--calibration", "x.npz"),
    ),
    Case(
        "option from the environment",
        USAGE,
        ("unknown target 'cortex-m44'",),
        arguments=("build", "--project", "{project}"),
        environment={"TOOLCHAIN_TARGET": "cortex-m44"},
    ),
    Case("port that is not there", TOOL, ("cannot open port", "/dev/none"), arguments=project("--port", "/dev/none")),
    # model and data files
    Case("missing model file", USAGE, ("no model file", "gone.pt2"), arguments=pt2(file="{files}/gone.pt2")),
    Case("a folder as model", USAGE, ("is a folder", "--project"), arguments=pt2(file="{files}")),
    Case(
        "model of another kind",
        USAGE,
        ("model.onnx", ".pt2"),
        lambda p: (p.files / "model.onnx").write_bytes(b"x"),
        pt2(file="{files}/model.onnx"),
    ),
    Case(
        "a pickle for a .pt2",
        MODEL,
        ("model.pt2", "pickle"),
        lambda p: (p.files / "model.pt2").write_bytes(pickle.dumps([1], protocol=2)),
        pt2(),
    ),
    Case("an empty .pt2", MODEL, ("model.pt2",), lambda p: (p.files / "model.pt2").write_bytes(b""), pt2()),
    Case(
        "a truncated .pt2",
        MODEL,
        ("model.pt2",),
        lambda p: (p.files / "model.pt2").write_bytes((p.files / "model.pt2").read_bytes()[:2000]),
        pt2(),
    ),
    Case(
        "text for a .tflite",
        MODEL,
        (".tflite",),
        lambda p: (p.files / "m.tflite").write_text("hello world"),
        pt2(file="{files}/m.tflite"),
    ),
    Case(
        "no calibration",
        USAGE,
        ("calibration", "--calibration X.npz"),
        arguments=("build", "{files}/model.pt2", "--target", "host", "-o", "{project}/out"),
    ),
    Case("missing data file", USAGE, ("no data file", "--calibration"), arguments=pt2(calibration="{files}/gone.npz")),
    Case(
        "data that is no archive",
        USAGE,
        ("cannot read", "--calibration"),
        lambda p: (p.files / "calibration.npz").write_text("x"),
        pt2(),
    ),
    Case(
        "data that is pickled",
        USAGE,
        ("cannot read", "Python objects"),
        lambda p: p.npz("calibration.npz", x=np.array([{}], dtype=object)),
        pt2(),
    ),
    Case(
        "one array for an archive",
        USAGE,
        ("one array", "np.savez"),
        lambda p: (np.save(p.files / "c.npy", X), shutil.move(p.files / "c.npy", p.files / "calibration.npz")),
        pt2(),
    ),
    Case("archive without x", USAGE, ("no array x", "images"), lambda p: p.npz("calibration.npz", images=X), pt2()),
    Case(
        "evaluation without y",
        USAGE,
        ("no array y", "--evaluation"),
        lambda p: p.npz("evaluation.npz", x=X),
        pt2("--evaluation", "{files}/evaluation.npz"),
    ),
    Case(
        "x and y of different length",
        MODEL,
        ("8 samples", "7"),
        lambda p: p.npz("evaluation.npz", x=X, y=np.zeros(7)),
        pt2("--evaluation", "{files}/evaluation.npz"),
    ),
    Case(
        "labels that are text",
        MODEL,
        ("y has dtype",),
        lambda p: p.npz("evaluation.npz", x=X, y=np.array(list("abcdefgh"))),
        pt2("--evaluation", "{files}/evaluation.npz"),
    ),
    Case("unknown metric", USAGE, ("unknown metric 'acuracy'", "accuracy"), arguments=pt2("--metric", "acuracy")),
    Case(
        "metric that does not fit",
        MODEL,
        ("auc", "labels 0 or 1"),
        arguments=pt2("--evaluation", "{files}/evaluation.npz", "--metric", "auc"),
    ),
    Case(
        "integers for data",
        MODEL,
        ("dtype uint8", "float32"),
        lambda p: p.npz("calibration.npz", x=X.astype(np.uint8)),
        pt2(),
    ),
    Case("empty calibration", MODEL, ("0 samples",), lambda p: p.npz("calibration.npz", x=X[:0]), pt2()),
    Case(
        "wrong shape",
        MODEL,
        ("[8, 1, 4, 5]", "[1, 1, 4, 4]"),
        lambda p: p.npz("calibration.npz", x=np.zeros((8, 1, 4, 5), np.float32)),
        pt2(),
    ),
    Case(
        "channels last",
        MODEL,
        ("transpose(0, 3, 1, 2)",),
        lambda p: p.npz("calibration.npz", x=np.zeros((8, 4, 4, 1), np.float32)),
        pt2(),
    ),
    Case(
        "NaN in the data",
        MODEL,
        ("1 values", "NaN", "[2, 0, 0, 1]"),
        lambda p: p.npz("calibration.npz", x=_with_nan()),
        pt2(),
    ),
    Case(
        "data without a sample axis",
        MODEL,
        ("axis 0",),
        lambda p: p.npz("calibration.npz", x=np.zeros(4, np.float32)),
        pt2(),
    ),
    # the project file
    Case("no project", USAGE, ("no toolchain.toml",), lambda p: (p.project / "toolchain.toml").unlink()),
    Case("invalid TOML", USAGE, ("not valid TOML", "line"), toml('name = "tiny"', "name = tiny")),
    Case(
        "project file that is not text",
        USAGE,
        ("UTF-8",),
        lambda p: (p.project / "toolchain.toml").write_bytes(b"\xff\xfe"),
    ),
    Case("unknown table", USAGE, ("unknown table 'modle'", "model"), toml("[model]", "[modle]")),
    Case("unknown key", USAGE, ("unknown key 'calibrations'", "calibration"), toml("calibration =", "calibrations =")),
    Case("missing key", USAGE, ("lacks its key 'factory'", "[model]"), toml('factory = "model:build"', "")),
    Case("value of the wrong type", USAGE, ("[model] input_shapes",), toml("[[1, 1, 4, 4]]", '"1x1x4x4"')),
    Case("batch of two", USAGE, ("batch of 1", "input_shapes[0]"), toml("[[1, 1, 4, 4]]", "[[2, 1, 4, 4]]")),
    Case("no input", USAGE, ("input_shapes",), toml("[[1, 1, 4, 4]]", "[]")),
    Case("name that is no identifier", USAGE, ("C identifier", '"my_net"'), toml('"tiny"', '"my-net"')),
    Case(
        "factory of the wrong form",
        USAGE,
        ("module:function", "[model] factory"),
        toml('"model:build"', '"model.build"'),
    ),
    Case(
        "module that is not there", USAGE, ("no module 'modell'", "modell.py"), toml('"model:build"', '"modell:build"')
    ),
    Case("function that is not there", USAGE, ("no function 'biuld'",), toml('"model:build"', '"model:biuld"')),
    Case("bad size in the file", USAGE, ("[budget] flash", "GiB"), toml("[data]", '[budget]\nflash = "1GiB"\n[data]')),
    Case("no vectors", USAGE, ("[verify] vectors",), toml("[data]", "[verify]\nvectors = 0\n[data]")),
    # the user's code
    Case(
        "factory that raises",
        MODEL,
        ("'model:build' failed", "ZeroDivisionError", "model.py"),
        model("torch.manual_seed(1)", "1 / 0"),
    ),
    Case(
        "module with a missing import",
        MODEL,
        ("'model:build' failed", "not_installed"),
        model("import torch\n", "import torch\nimport not_installed\n"),
    ),
    Case(
        "module with a syntax error",
        MODEL,
        ("'model:build' failed", "SyntaxError"),
        model("def build():", "def build(:"),
    ),
    Case(
        "factory that returns no module",
        MODEL,
        ("returned int", "torch.nn.Module"),
        model("return Net().eval()", "return 3"),
    ),
    Case(
        "data that is no pair",
        MODEL,
        ("pair (x, y)", "[data] evaluation"),
        data("return _x(40), np.arange(40) % 3", "return _x(40)"),
    ),
    Case(
        "data function that raises",
        MODEL,
        ("'data:calibration' failed", "FileNotFoundError"),
        data("return _x(16)", "return np.load('gone.npy')"),
    ),
    Case(
        "NaN weights",
        MODEL,
        ("NaN",),
        model(
            "return Net().eval()",
            "net = Net().eval()\n    net.conv.weight.data[0, 0, 0, 0] = float('nan')\n    return net",
        ),
    ),
    Case(
        "operator that is not supported",
        MODEL,
        ("sort",),
        model("torch.relu(self.conv(x))", "self.conv(x).sort(-1)[0]"),
    ),
    Case(
        "shapes that do not fit the data",
        MODEL,
        ("[16, 1, 4, 4]", "[1, 1, 8, 8]"),
        toml("[[1, 1, 4, 4]]", "[[1, 1, 8, 8]]"),
    ),
    Case(
        "interrupted",
        INTERRUPTED,
        ("interrupted: no output was replaced",),
        model("torch.manual_seed(1)", "raise KeyboardInterrupt"),
    ),
    # target and tools
    Case(
        "board that is too small",
        MODEL,
        ("KiB", "sim-cortex-m0plus"),
        model("nn.Linear(32, 3)", "nn.Sequential(nn.Linear(32, 20000), nn.Linear(20000, 3))"),
        project(target="cortex-m0plus"),
    ),
    Case(
        "compiler that is not installed",
        TOOL,
        ("not installed", "PATH", "--compiler zig"),
        arguments=project("--compiler", "gcc"),
        environment={"PATH": "/nonexistent"},
    ),
    # build directories
    Case("output that is a file", USAGE, ("is a file",), arguments=project("-o", "{project}/model.py")),
    Case("output that is no build", USAGE, ("not a build",), arguments=project("-o", "{project}")),
    Case("verify without a build", USAGE, ("not a build directory",), arguments=("verify", "{files}")),
    Case("profile without a build", USAGE, ("not a build directory",), arguments=("profile", "{files}")),
    Case("report without a build", USAGE, ("no report",), arguments=("report", "{files}")),
    Case(
        "report that is damaged",
        USAGE,
        ("not JSON",),
        lambda p: (p.files / "report.json").write_text("{"),
        ("report", "{files}"),
    ),
    Case(
        "report of another schema",
        USAGE,
        ("schema",),
        lambda p: (p.files / "report.json").write_text("{}"),
        ("report", "{files}"),
    ),
    Case("compare without a report", USAGE, ("no report",), arguments=("compare", "{files}", "{project}")),
    Case(
        "manifest that is damaged",
        USAGE,
        ("manifest.json",),
        lambda p: (p.files / "manifest.json").write_text("[1]"),
        ("verify", "{files}"),
    ),
    Case("inspect nothing", USAGE, ("no file",), arguments=("inspect", "{files}/gone.pt2")),
    Case("inspect text", USAGE, ("cannot inspect",), arguments=("inspect", "{project}/model.py")),
    Case("new over an old folder", USAGE, ("exists already",), arguments=("new", "{project}")),
    Case("compress without a target", USAGE, ("no target",), arguments=("compress",)),
    Case("flash without a build", USAGE, ("not a build directory", "toolchain build"), arguments=("flash", "{files}")),
)


def _with_nan() -> np.ndarray:
    x = X.copy()
    x[2, 0, 0, 1] = np.nan
    return x


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input(
    case: Case, run: Run, project: Path, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tmp_path / "files"
    shutil.copytree(exported, files)
    place = Place(project, files)
    case.break_it(place)
    for name, value in case.environment.items():
        monkeypatch.setenv(name, value)
    before = {p.relative_to(tmp_path) for p in tmp_path.rglob("*") if "__pycache__" not in p.parts}

    outcome = run(*(a.format(project=project, files=files) for a in case.arguments))

    assert outcome.code == case.code, outcome.err
    for text in case.says:
        assert text in outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.out == ""
    assert {p.relative_to(tmp_path) for p in tmp_path.rglob("*") if "__pycache__" not in p.parts} == before


def test_there_are_at_least_forty_cases() -> None:
    assert len(CASES) >= 40
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.skipif(os.name == "nt", reason="permissions are POSIX")
def test_output_folder_that_cannot_be_written(run: Run, project: Path, tmp_path: Path) -> None:
    """A file in the way of a parent folder: also root cannot write there."""
    (tmp_path / "taken").write_text("")
    outcome = run("build", "--project", project, "--target", "host", "-o", tmp_path / "taken" / "deep" / "out")
    assert outcome.code == USAGE
    assert "cannot write to" in outcome.err
    assert "-o DIR" in outcome.err


def test_the_users_traceback_is_kept(run: Run, project: Path) -> None:
    (project / "model.py").write_text("def inner():\n    raise ValueError('deep')\n\n\ndef build():\n    inner()\n")
    outcome = run("build", "--project", project, "--target", "host", "-o", project / "out")
    assert outcome.code == MODEL
    assert outcome.err.splitlines()[0] == "error: 'model:build' failed: ValueError: deep"
    assert "toolchain.toml: [model] factory" in outcome.err
    assert 'model.py", line 6, in build' in outcome.err
    assert 'model.py", line 2, in inner' in outcome.err
    assert "importlib" not in outcome.err
