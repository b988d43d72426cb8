"""toolchain compress: a front whose points build, and builds that the search makes fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from toolchain import report

ALLOWED = '[compress]\ntechniques = ["quantize", "prune_channels"]\n'


@pytest.fixture
def searched(project: Path) -> Path:
    """Return the project with a search that is quick."""
    file = project / "toolchain.toml"
    file.write_text(file.read_text(encoding="utf-8") + ALLOWED, encoding="utf-8")
    return project


def test_the_front_is_written_and_its_points_build(run: Run, searched: Path) -> None:
    place = searched / "front"
    outcome = run("compress", "--project", searched, "--target", "host", "--epochs", 0, "-o", place, "--json")
    assert outcome.code == 0, outcome.err
    front = json.loads(outcome.out)
    assert front == json.loads((searched / "front" / "front.json").read_text())
    assert len(front["points"]) >= 2
    chosen = next(p for p in front["points"] if p["steps"])
    assert all(step["why"] for step in chosen["steps"])
    assert "<svg" in (searched / "front" / "front.html").read_text()
    by_folder = {p["folder"]: p for p in front["points"]}
    for p in front["points"]:
        others = [q for q in front["points"] if q != p and (q["latency_us"] or 0) <= (p["latency_us"] or 0)]
        beaten = [q for q in others if all(q[k] <= p[k] for k in ("drop", "flash_bytes", "ram_bytes"))]
        assert (p["beaten_by"] is None) == (not beaten)
        assert p["beaten_by"] is None or by_folder[p["beaten_by"]] in beaten
    point = searched / "front" / chosen["folder"]
    built = run("build", point, "--target", "host", "-o", searched / "out")
    assert built.code == 0, built.err
    made = report.load(searched / "out")
    assert made.verification.differing_elements == 0
    assert made.size.weights_bytes == chosen["weights_bytes"]
    assert made.accuracy.compressed == pytest.approx(chosen["score"])


def test_a_build_is_no_place_for_a_front(run: Run, searched: Path) -> None:
    (searched / "notes").mkdir()
    (searched / "notes" / "mine.txt").write_text("kept")
    outcome = run("compress", "--project", searched, "--target", "host", "-o", searched / "notes")
    assert outcome.code == 2 and "mine.txt" not in outcome.out
    assert (searched / "notes" / "mine.txt").read_text() == "kept"


def test_a_budget_that_nothing_keeps_names_the_nearest(run: Run, searched: Path) -> None:
    arguments = ("build", "--project", searched, "--target", "host", "--epochs", 0, "-o", searched / "out")
    outcome = run(*arguments, "--flash", 100, "--weights", 50)
    assert outcome.code == 3
    made = report.load(searched / "out")
    limits = ("--flash", made.size.flash_bytes, "--weights", made.size.weights_bytes)
    assert " ".join(map(str, limits)) in outcome.err
    assert all(f"smallest {name} that was found" in outcome.err for name in ("flash", "weights"))
    again = run(*arguments, *limits)
    assert again.code == 0, again.err
