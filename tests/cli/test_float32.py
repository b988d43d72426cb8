"""--precision float32: from a .pt2, from a project, by the verbs on what was built; what cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tests.cli.conftest import Run
from tests.verify import small
from toolchain.emit.tflite import to_tflite


def test_a_model_file_without_calibration_and_the_verbs_on_its_build(run: Run, exported: Path, tmp_path: Path) -> None:
    folder = tmp_path / "build"
    options = ("--precision", "float32", "--evaluation", exported / "evaluation.npz", "--vectors", 4)
    outcome = run("build", exported / "model.pt2", "--target", "host", *options, "-o", folder, "--json")
    assert outcome.code == 0, outcome.err
    report = json.loads(outcome.out)
    assert report["verification"]["differing_elements"] == 0 and report["verification"]["elements"] == 12
    assert report["accuracy"]["compressed"] == report["accuracy"]["float"]
    assert {layer["bits"] for layer in report["layers"]} == {32}
    vectors = np.load(folder / "vectors.npz")
    assert vectors["input0"].dtype == vectors["output0"].dtype == np.float32
    assert "float *model_input(void *arena, int i);" in (folder / "src/model.h").read_text()
    assert json.loads((folder / "manifest.json").read_text())["not_in_tflite"] == []
    assert (folder / "model.tflite").is_file()
    for verb in ("verify", "profile", "inspect", "report"):
        outcome = run(verb, folder)
        assert outcome.code == 0, (verb, outcome.err)


def test_a_difference_is_found_with_its_layer(run: Run, exported: Path, tmp_path: Path) -> None:
    folder = tmp_path / "build"
    assert run("build", exported / "model.pt2", "--target", "host", "--precision", "float32", "-o", folder).code == 0
    vectors = dict(np.load(folder / "vectors.npz"))
    vectors["output0"][1, 2] = np.nextafter(vectors["output0"][1, 2], np.float32(9))
    np.savez(folder / "vectors.npz", **vectors)
    outcome = run("verify", folder)
    assert outcome.code == 4 and "1 of" in outcome.err and "by up to 1 " in outcome.err, outcome.err


def test_a_project_says_so_itself(run: Run, project: Path) -> None:
    toml = project / "toolchain.toml"
    toml.write_text(toml.read_text().replace("[model]", '[model]\nprecision = "float32"'))
    outcome = run("build", "--project", project, "--target", "cortex-m4", "-o", project / "build", "--json")
    assert outcome.code == 0, outcome.err
    report = json.loads(outcome.out)
    assert report["verification"]["differing_elements"] == 0
    assert [layer["kernel"] for layer in report["layers"]] == ["tc_conv2d_f32_ref", "tc_linear_f32_ref"]
    outcome = run("build", "--project", project, "--target", "host", "--precision", "int8", "-o", project / "int8")
    assert outcome.code == 0, outcome.err
    assert np.load(project / "int8/vectors.npz")["input0"].dtype == np.int8


def test_what_cannot_be(run: Run, exported: Path, tmp_path: Path) -> None:
    outcome = run("build", exported / "model.pt2", "--target", "host", "--precision", "float16")
    assert outcome.code == 2 and "int8" in outcome.err and "float32" in outcome.err
    quantised = to_tflite(small.graph())
    assert isinstance(quantised, bytes)
    (tmp_path / "small.tflite").write_bytes(quantised)
    where = ("--target", "host", "-o", tmp_path / "b")
    outcome = run("build", tmp_path / "small.tflite", *where, "--precision", "float32")
    assert outcome.code == 2 and "is quantised" in outcome.err
