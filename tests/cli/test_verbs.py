"""The verbs on a small project: results on stdout, messages on stderr, exit codes, and nothing lost on the way."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Run, write_project
from toolchain import cli, report

TARGET = "host"

#: an interruption that the code below it drops, as callbacks from C do
SWALLOWED = """import contextlib, os, signal, time
    with contextlib.suppress(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)"""


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a build that no test changes."""
    folder = tmp_path_factory.mktemp("verbs")
    project = write_project(folder / "project")
    options = ["--target", TARGET, "-o", str(folder / "build"), "--vectors", "4", "-q"]
    assert cli.run(["build", "--project", str(project), *options]) == 0
    return folder / "build"


@pytest.fixture
def built(build: Path, project: Path) -> Path:
    """Return a copy of the build, beside the project that it is of."""
    return shutil.copytree(build, project / "build")


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("build", "--help"), ("verify", "--help")])
def test_help_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    code = (
        "import sys; from toolchain import cli; cli.run(sys.argv[1:]);"
        "print(sorted({'torch','numpy','scipy','jinja2','unicorn','serial'} & set(sys.modules)), file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    assert result.stderr.strip() == "[]"


@pytest.mark.parametrize("arguments", [("targets",), ("boards",), ("ops",), ("techniques",), ("doctor",)])
def test_looking_up_needs_no_torch(arguments: tuple[str, ...]) -> None:
    code = (
        "import sys; from toolchain import cli; cli.run(sys.argv[1:]); print('torch' in sys.modules, file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    assert result.stderr.strip() == "False"


@pytest.mark.parametrize(
    ("verb", "name"),
    [("targets", "cortex-m4"), ("boards", "sim-cortex-m4"), ("ops", "depthwise_conv2d"), ("techniques", "quantize")],
)
def test_listings(verb: str, name: str, run: Run) -> None:
    assert name in run(verb).out
    assert name in {row["name"] for row in json.loads(run(verb, "--json").out)}


def test_doctor_lists_compilers(run: Run) -> None:
    found = {row["name"]: row for row in json.loads(run("doctor", "--json").out)["found"]}
    assert {"torch", "ziglang", "arm-none-eabi-gcc", "qemu-system-arm"} <= set(found)
    assert all(row["version"] or row["how"] for row in found.values())


def test_build_directory_is_complete(built: Path) -> None:
    found = files(built)
    assert {
        "firmware.elf",
        "manifest.json",
        "report.json",
        "report.html",
        "program.json",
        "vectors.npz",
        "src/tiny.c",
        "src/tiny.h",
    } <= set(found)
    assert not any(name.startswith("objects/") for name in found)
    manifest = json.loads(found["manifest.json"])
    assert set(manifest["files"]) == set(found) - {"manifest.json"}
    assert manifest["seed"] == 0
    assert manifest["rounding"] == "double"
    with np.load(built / "vectors.npz") as vectors:
        assert vectors["input0"].dtype == vectors["output0"].dtype == np.int8
        assert vectors["input0"].shape == (4, 4, 4, 1)
        assert vectors["output0"].shape == (4, 3)
    result = report.load(built)
    assert (result.verification.differing_elements, result.verification.vectors) == (0, 4)
    assert (result.accuracy.samples, result.accuracy.device_samples) == (40, 4)


def test_the_model_hash_is_in_header_manifest_and_c(built: Path) -> None:
    digest = json.loads((built / "manifest.json").read_text())["model_hash"]
    assert digest in (built / "src" / "tiny.c").read_text()


def test_build_prints_the_table_on_stdout_only(run: Run, project: Path) -> None:
    outcome = run("build", "--project", project, "--target", TARGET, "-o", project / "out")
    assert "classify" in outcome.out
    assert outcome.err == ""
    assert run("build", "--project", project, "--target", TARGET, "-o", project / "out", "-q").out == ""


def test_json_is_the_report_and_nothing_else(run: Run, project: Path) -> None:
    outcome = run("build", "--project", project, "--target", TARGET, "-o", project / "out", "--json", "-v")
    assert report.schema_problem(json.loads(outcome.out)) is None
    assert "compile" in outcome.err


def test_two_builds_give_the_same_bytes(run: Run, project: Path) -> None:
    for name in ("a", "b"):
        assert run("build", "--project", project, "--target", "cortex-m4", "-o", project / name, "-q").code == 0
    assert files(project / "a") == files(project / "b")


def test_environment_variables_are_options(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOOLCHAIN_TARGET", TARGET)
    monkeypatch.setenv("TOOLCHAIN_OUTPUT", str(project / "out"))
    monkeypatch.setenv("TOOLCHAIN_ROUNDING", "single")
    assert run("build", "--project", project, "-q").code == 0
    assert report.load(project / "out").rounding == "single"


def test_every_option_has_a_variable() -> None:
    from typer.main import get_command

    from toolchain.cli import _application

    for verb, command in get_command(_application()).commands.items():
        for option in command.params:
            if option.param_type_name == "option" and option.name not in ("help", "version"):
                assert str(option.envvar).startswith("TOOLCHAIN_"), f"{verb} {option.opts}"


@pytest.mark.parametrize(
    ("stage", "text"),
    [
        ("capture", "graph tiny"),
        ("canonicalise", "conv2d"),
        ("compress", "s8["),
        ("plan", "tc_conv2d"),
        ("emit", "==> src/tiny.c <=="),
        ("compile", "flash_bytes"),
        ("run", "differing_elements"),
        ("report", '"schema_version"'),
    ],
)
def test_stop_after(stage: str, text: str, run: Run, project: Path) -> None:
    outcome = run("build", "--project", project, "--target", TARGET, "-o", project / "out", "--stop-after", stage)
    assert outcome.code == 0
    assert text in outcome.out
    assert not (project / "out").exists()


def test_keep_stages(run: Run, project: Path) -> None:
    assert (
        run("build", "--project", project, "--target", TARGET, "-o", project / "out", "--keep-stages", "-q").code == 0
    )
    names = sorted(p.name for p in (project / "out" / "stages").iterdir())
    assert names == [
        "1-capture.txt",
        "2-canonicalise.txt",
        "3-compress.txt",
        "4-plan.txt",
        "5-emit.txt",
        "6-compile.txt",
        "7-run.txt",
        "8-report.txt",
        "9-package.txt",
    ]


def test_budget_that_is_not_met_is_written_and_exits_with_3(run: Run, project: Path) -> None:
    outcome = run("build", "--project", project, "--target", TARGET, "-o", project / "out", "--flash", "100B")
    assert outcome.code == 3
    assert "limit 100 B" in outcome.err
    assert "NOT MET" in outcome.out
    assert report.load(project / "out").budget.met is False


def _change(name: str, old: str, new: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text((folder / name).read_text().replace(old, new))


@pytest.mark.parametrize(
    ("break_it", "code"),
    [
        (_change("model.py", "torch.manual_seed(1)", "raise KeyboardInterrupt"), 130),
        (_change("model.py", "torch.manual_seed(1)", SWALLOWED), 130),
        (_change("model.py", "torch.manual_seed(1)", "raise SystemExit(7)"), 7),
        (_change("data.py", "np.arange(40) % 3", "np.arange(39)"), 1),
        (
            _change(
                "data.py",
                "def evaluation():",
                "def evaluation():\n    return _x(40), np.zeros((40, 7))\n\ndef unused():",
            ),
            1,
        ),
    ],
)
def test_an_old_build_survives_what_goes_wrong(
    break_it: Callable[[Path], object], code: int, run: Run, built: Path, project: Path
) -> None:
    before = files(built)
    break_it(project)
    outcome = run("build", "--project", project, "--target", TARGET, "-o", built)
    assert outcome.code == code
    assert files(built) == before
    assert not list(project.glob(".build.*"))


def test_an_old_build_is_replaced_whole(run: Run, built: Path, project: Path) -> None:
    (built / "leftover.txt").write_text("old")
    assert run("build", "--project", project, "--target", TARGET, "-o", built, "-q").code == 0
    assert not (built / "leftover.txt").exists()
    assert not list(project.glob(".build.*"))


def test_a_bug_keeps_its_traceback(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toolchain.pipeline.format_graph", None)
    with pytest.raises(TypeError):
        run("build", "--project", project, "--target", TARGET, "-o", project / "out", "--stop-after", "capture")


def test_verify(run: Run, built: Path) -> None:
    outcome = run("verify", built)
    assert outcome.code == 0
    assert "4 vectors, 0 of 12 output elements differ" in outcome.out
    assert json.loads(run("verify", built, "--vectors", 2, "--json").out)["vectors"] == 2


def test_verify_finds_a_difference(run: Run, built: Path) -> None:
    with np.load(built / "vectors.npz") as archive:
        arrays = dict(archive)
    arrays["output0"][1, 2] += 1
    np.savez(built / "vectors.npz", **arrays)
    outcome = run("verify", built)
    assert outcome.code == 4
    assert "1 of 12 output elements" in outcome.err


def test_verify_and_profile_need_no_torch(built: Path) -> None:
    for verb in ("verify", "profile", "report"):
        code = (
            "import sys; from toolchain import cli; code = cli.run(sys.argv[1:]);"
            "print('torch' in sys.modules, code, file=sys.stderr)"
        )
        result = subprocess.run(
            [sys.executable, "-c", code, verb, str(built)], capture_output=True, text=True, check=True
        )
        assert result.stderr.strip() == "False 0"


def test_profile_on_the_simulator(run: Run, project: Path) -> None:
    out = project / "m4"
    assert run("build", "--project", project, "--target", "cortex-m4", "-o", out, "-q").code == 0
    data = json.loads(run("profile", out, "--json").out)
    assert data["source"] == "simulated"
    assert data["cycles"] == report.load(out).speed.cycles
    assert [layer["name"] for layer in data["layers"]] == [layer.name for layer in report.load(out).layers]
    assert all(layer["cycles"] > 0 for layer in data["layers"])
    assert "the static bound is" in run("profile", out).out


def test_report_and_inspect(run: Run, built: Path, exported: Path) -> None:
    assert "classify" in run("report", built).out
    facts = json.loads(run("inspect", built, "--json").out)
    layers = {layer["op"]: layer for layer in facts["layers"]}
    assert layers["conv2d"]["macs"] == 16 * 18
    assert layers["linear"]["weights_bytes"] == 96 + 12
    assert facts["peak_bytes"] == 32 + 32  # the reshape, as if it were a copy
    assert json.loads(run("inspect", exported / "model.pt2", "--json").out)["macs"] == facts["macs"]
    assert "conv2d" in run("inspect", exported / "model.pt2").out


def test_compare(run: Run, built: Path, project: Path) -> None:
    assert run("compare", built, built, "--max-flash", "0%").code == 0
    data = json.loads((built / "report.json").read_text())
    data["size"]["flash_bytes"] *= 2
    (project / "big.json").write_text(json.dumps(data))
    outcome = run("compare", built, project / "big.json", "--max-flash", "5%")
    assert outcome.code == 3
    assert "+100.0 %  WORSE" in outcome.out
    assert "flash" in outcome.err


def test_a_build_is_found_without_its_name(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    assert "no build directory" in run("verify").err
    assert run("build", "--target", TARGET, "-q").code == 0
    assert run("verify").code == 0


def test_new_builds_as_it_is(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("new", "my-net").code == 0
    assert run("build", "--project", "my-net", "--target", TARGET, "-q").code == 0
    result = report.load(tmp_path / "build" / TARGET)
    assert result.name == "my_net"
    assert result.accuracy.compressed is not None
    assert result.accuracy.compressed > 0.9
    assert result.budget.met


def test_no_colour_without_a_terminal_and_with_no_color(run: Run, built: Path) -> None:
    assert "\x1b" not in run("report", built).out
    code = "import pty, sys; sys.exit(pty.spawn([sys.executable, '-m', 'toolchain', 'report', sys.argv[1]]) >> 8)"
    for extra, colored in (({}, True), ({"NO_COLOR": "1"}, False)):
        environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm"} | extra
        result = subprocess.run(
            [sys.executable, "-c", code, str(built)],
            capture_output=True,
            env=environment,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert (b"\x1b[1m" in result.stdout) is colored
