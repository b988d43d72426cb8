"""The benchmark: rows, ratios, table, regressions, and the command on a small example."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from toolchain import bench, cli, compilers, targets
from toolchain.bench import baselines, layers, networks
from toolchain.bench.rows import Bench, LayerRow, NetworkRow
from toolchain.errors import UsageError

NETWORK = NetworkRow(network="resnet8", core="cortex-m4", board="sim-cortex-m4", compiler="gcc 12.2", macs=12_501_632,
                     instructions=13_500_000, cycles=20_000_000, source="simulated within 10 %", weights_bytes=80_788,
                     code_bytes=6_000, arena_bytes=36_000, arena_lower_bound_bytes=36_000, stack_bytes=300,
                     differing_elements=0)
LAYER = LayerRow(layer="pointwise 64>64", kernel="tc_conv2d_s8_dsp", core="cortex-m4", board="sim-cortex-m4",
                 compiler="gcc 12.2", macs=1000, instructions=1250, cycles=2000, code_bytes=900)
BENCH = Bench((NETWORK,), (LAYER,), ("vww: no file",))


def with_network(**figures: int | None) -> Bench:
    return dataclasses.replace(BENCH, networks=(dataclasses.replace(NETWORK, **figures),))


def test_rows_survive_the_file(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    path.write_text(BENCH.to_json())
    assert bench.load(path) == BENCH
    assert len(path.read_text().splitlines()) == 9, "one row a line"


@pytest.mark.parametrize("text", ["", "{}", '{"format": 99}', '{"format": 1, "networks": [{"x": 1}], "layers": []}'])
def test_a_file_that_is_no_benchmark_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bench.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="as a benchmark"):
        bench.load(path)


@pytest.mark.parametrize("figure", NetworkRow.FIGURES)
def test_a_figure_that_grows_by_more_than_two_percent_is_worse(figure: str) -> None:
    before = getattr(NETWORK, figure)
    at_limit, beyond = (bench.changes(BENCH, with_network(**{figure: value}))
                        for value in (int(before * 1.02), int(before * 1.02) + 1))
    assert [(c.figure, c.worse) for c in at_limit] == [(figure, False)]
    assert [(c.figure, c.worse) for c in beyond] == [(figure, True)]
    assert f"resnet8 on sim-cortex-m4, gcc 12.2: {figure} {before:,} -> " in str(beyond[0])


def test_what_got_better_is_no_regression_and_what_is_lost_is() -> None:
    assert [c.worse for c in bench.changes(BENCH, with_network(cycles=1))] == [False]
    lost = bench.changes(BENCH, with_network(cycles=None))
    assert [c.worse for c in lost] == [True] and "not measured" in str(lost[0])
    assert bench.changes(with_network(cycles=None), BENCH) == []


def test_another_compiler_is_another_row() -> None:
    other = with_network(compiler="gcc 13.1", cycles=30_000_000)
    assert bench.changes(BENCH, other) == []
    assert bench.compared(BENCH, other) == 1  # the layer


def test_the_table_fits_100_columns_and_shows_the_ratios() -> None:
    text = bench.table(BENCH, baselines.load())
    assert max(map(len, text.splitlines())) <= 100
    speed, memory = ([line.split() for line in text.splitlines() if line.startswith(("network", "resnet8"))][i : i + 2]
                     for i in (0, 2))
    first, second = (list(zip(*pair, strict=True)) for pair in (speed, memory))
    assert first[1:5] == [("instr.", "13.50M"), ("/open", "0.45"), ("/best", "0.91"), ("/goal", "1.00")]
    assert ("/MAC", "1.60") in first and ("differ", "0") in first
    assert second[6:10] == [("arena", "36000"), ("/open", "0.72"), ("/best", "0.72"), ("/goal", "1.00")]
    assert "pointwise 64>64" in text and "1.25" in text and "5 wait states, lines of 8 bytes" in text
    assert "skipped  vww: no file" in text


def test_baselines_know_every_core_and_the_networks_of_each_other() -> None:
    known = baselines.load()
    assert set(known.goals) <= set(known.cores)
    for figures in (*known.goals.values(), *(by_core for peer in known.peers.values() for by_core in peer.values())):
        assert {network for values in figures.values() for network in values} <= set(known.macs)
    assert known.best("cortex-m4", "instructions", "fcae") == known.peer("Bosch HALE 1.0", "cortex-m4", "instructions",
                                                                         "fcae")


def test_networks_that_are_missing_are_named(tmp_path: Path) -> None:
    found, missing = networks.find(tmp_path / "none", [tmp_path / "example"])
    assert found == []
    assert any("--networks" in line for line in missing) and any("example example" in line for line in missing)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "net.pt2").touch()
    assert any("net_calibration.npz" in line for line in networks.find(tmp_path, [])[1])
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "net_calibration.npz").touch()
    assert [n.name for n in networks.find(tmp_path, [], ["net"])[0]] == ["net", "net-ram"]


def test_single_layers_are_measured_with_every_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "SHAPES", [s for s in layers.SHAPES if s.name == "linear 64>12"])
    rows, skipped = layers.measure(["cortex-m4", "cortex-m55"], None)
    assert {r.kernel for r in rows} >= {"tc_linear_s8_dsp", "tc_linear_s8_ref"}
    by_kernel = {r.kernel: r for r in rows}
    assert by_kernel["tc_linear_s8_dsp"].instructions < by_kernel["tc_linear_s8_ref"].instructions
    assert all(r.macs == 768 and 0 < r.instructions < r.cycles and r.code_bytes for r in rows)
    assert [line for line in skipped if "cortex-m55: not measured" in line]


def test_the_command_measures_compares_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows, output = tmp_path / "baseline.json", tmp_path / "bench.json"
    compiler = compilers.find(None, targets.load("cortex-m4")).version
    small = dataclasses.replace(NETWORK, network="digits", compiler=compiler, cycles=1000, instructions=10**9)
    rows.write_text(Bench((small,), ()).to_json())
    arguments = ["bench", "--core", "cortex-m4", "--network", "digits", "--networks", str(tmp_path)]
    assert cli.run([*arguments, "--baseline", str(rows), "-o", str(output)]) == 3
    printed = capsys.readouterr()
    assert "digits" in printed.out and "skipped  networks" in printed.out
    assert f"digits on sim-cortex-m4, {compiler}: cycles 1,000 -> " in printed.err
    (row,) = bench.load(output).networks
    assert row.network == "digits" and row.differing_elements == 0 and row.instructions is not None
    assert f"digits on sim-cortex-m4, {compiler}: instructions 1,000,000,000 -> {row.instructions:,}" in printed.err


def test_rows_that_were_not_measured_stay() -> None:
    other = dataclasses.replace(NETWORK, network="fcae")
    merged = with_network(cycles=7).over(Bench((NETWORK, other), (LAYER,)))
    assert [(r.network, r.cycles) for r in merged.networks] == [("fcae", NETWORK.cycles), ("resnet8", 7)]
    assert merged.layers == (LAYER,)


def test_update_writes_the_baseline(tmp_path: Path) -> None:
    rows = tmp_path / "folder" / "baseline.json"
    nothing = ["--networks", str(tmp_path), "--network", "none", "--baseline", str(rows)]
    assert cli.run(["bench", *nothing, "--update"]) == 0
    assert bench.load(rows).rows == ()
