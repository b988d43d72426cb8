"""report.json against its schema and the contract; table, page and comparison."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.report.samples import large, sample
from toolchain import report
from toolchain.budget import Budget
from toolchain.errors import UsageError
from toolchain.ir import FastMemory
from toolchain.report import units
from toolchain.report.model import CoreEstimate

#: the contract: these fields may not go; others may come
CONTRACT = {
    "": {
        "schema_version",
        "name",
        "command",
        "model",
        "target",
        "accuracy",
        "size",
        "speed",
        "budget",
        "verification",
        "layers",
        "compression",
    },
    "model": {"source", "parameters", "macs", "live_macs"},
    "target": {"core", "board", "clock_hz", "compiler"},
    "accuracy": {"metric", "float", "compressed", "device", "samples"},
    "size": {
        "flash_bytes",
        "weights_bytes",
        "code_bytes",
        "ram_bytes",
        "arena_bytes",
        "stack_bytes",
        "arena_lower_bound_bytes",
    },
    "speed": {"cycles", "instructions", "latency_us", "source"},
    "budget": {"flash_bytes", "ram_bytes", "latency_us", "max_drop", "met"},
    "verification": {"runner", "vectors", "differing_elements", "first_bad_layer"},
}
LAYER = {"name", "op", "kernel", "shape", "macs", "weights_bytes", "bits", "sparsity", "cycles", "instructions"}
COMPRESSION = {"technique", "layer", "config", "flash_saved_bytes", "cycles_saved", "accuracy_after"}


def test_json_has_the_fields_of_the_contract_and_fits_its_schema() -> None:
    data = json.loads(large().to_json())
    assert report.schema_problem(data) is None
    for section, names in CONTRACT.items():
        assert names <= set(data[section] if section else data), section
    assert set(data["layers"][0]) >= LAYER
    assert set(data["compression"][0]) >= COMPRESSION


def test_schema_describes_every_field() -> None:
    """A field that is added to the report is added to the schema."""

    def compare(data: object, schema: dict, path: str) -> None:
        if isinstance(data, dict) and "properties" in schema:
            assert set(data) == set(schema["properties"]) >= set(schema["required"]), path
            for key, value in data.items():
                compare(value, schema["properties"][key], f"{path}.{key}")
        if isinstance(data, list) and data:
            compare(data[0], schema["items"], f"{path}[]")

    compare(json.loads(large().to_json()), report.schema(), "$")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("size", "flash_bytes"), -1),
        (("size", "flash_bytes"), "many"),
        (("speed", "source"), "guessed"),
        (("schema_version",), 2),
        (("layers",), {}),
        (("rounding",), "triple"),
        (("budget", "met"), None),
    ],
)
def test_schema_refuses(path: tuple[str, ...], value: object) -> None:
    data = json.loads(sample().to_json())
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert report.schema_problem(data) is not None


def test_load_gives_back_what_was_saved(tmp_path: Path) -> None:
    original = large()
    original.save(tmp_path / "report.json")
    assert report.load(tmp_path) == original
    assert report.load(tmp_path / "report.json").size.flash_bytes == original.size.flash_bytes


def test_load_ignores_fields_of_a_later_version(tmp_path: Path) -> None:
    data = json.loads(sample().to_json())
    data["size"]["cache_bytes"] = 3
    data["weather"] = "fine"
    (tmp_path / "report.json").write_text(json.dumps(data))
    assert report.load(tmp_path) == sample()


def test_load_gives_defaults_for_what_earlier_versions_had_not(tmp_path: Path) -> None:
    data = json.loads(large().to_json())
    del data["checks"], data["memory"]["regions"], data["verification"]["processors"]
    for name in ("processors", "estimates", "no_estimate"):
        del data["speed"][name]
    for name in ("drop", "advice"):
        del data["budget"][name]
    for layer in data["layers"]:
        del layer["activation_bits"]
    for item in data["compression"]:
        del item["reason"]
    (tmp_path / "report.json").write_text(json.dumps(data))
    loaded = report.load(tmp_path)
    assert (loaded.memory.regions, loaded.verification.processors, loaded.speed.processors) == ((), (), ())
    assert (loaded.checks, loaded.budget.drop, loaded.layers[0].activation_bits) == (None, None, 8)
    assert loaded.name in report.table(loaded) and loaded.name in report.html(loaded)
    assert not any(row.worse for row in report.compare(loaded, large(), {"flash": 0.0, "ram": 0.0}))


def with_estimates(result: report.Report) -> report.Report:
    cycles = tuple(100 * (i + 1) for i in range(len(result.layers)))
    estimates = [CoreEstimate(core, "cortex-a76", "llvm-mca 14.0.6", sum(cycles), cycles) for core in ("a55", "a76")]
    return replace(result, speed=replace(result.speed, estimates=tuple(estimates)))


def test_estimates_are_said_to_be_estimates_and_by_whom() -> None:
    result = with_estimates(large())
    total = units.count(result.speed.estimates[0].cycles)
    table, page = report.table(result), report.html(result)
    assert max(map(len, table.splitlines())) <= 100
    row = next(line for line in table.splitlines() if line.startswith("cycles "))
    assert total in row and "estimated (llvm-mca, a55)" in row and f"{total} on a76" in row
    assert "without caches" in table and "without caches" in page
    assert "estimated (llvm-mca, a55)" in page and "estimated (llvm-mca, a76)" in page
    assert report.schema_problem(json.loads(result.to_json())) is None


def test_a_missing_estimate_says_why() -> None:
    small = sample()
    result = replace(small, speed=replace(small.speed, no_estimate="llvm-mca is not installed (apt install llvm)"))
    assert "not estimated: llvm-mca is not installed (apt install llvm)" in report.table(result)
    assert "not estimated: llvm-mca is not installed (apt install llvm)" in report.html(result)


def test_estimates_come_back_from_a_file(tmp_path: Path) -> None:
    with_estimates(large()).save(tmp_path / "report.json")
    assert report.load(tmp_path) == with_estimates(large())


def test_load_refuses_what_is_no_report(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text('{"schema_version": 1}')
    with pytest.raises(UsageError, match="schema version 1"):
        report.load(tmp_path)


def test_numbers_come_from_the_stages() -> None:
    r = sample()
    assert r.size.ram_bytes == 16_000 + 16 + 1_200 + 640
    assert r.speed.latency_us == pytest.approx(1_477_000 / 120)
    assert (r.model.macs, r.model.live_macs, r.model.parameters) == (32, 16, 32)
    first = r.layers[0]
    assert (first.name, first.sparsity, first.cycles, first.sqnr_db) == ("net.blocks.0.linear", 0.5, 1000, 41.23)


@pytest.mark.parametrize(
    ("budget", "drop", "met"),
    [
        (Budget(), None, True),
        (Budget(flash="64KiB"), None, True),
        (Budget(flash=38_999), None, False),
        (Budget(flash=39_000), None, True),
        (Budget(weights=6_999), None, False),
        (Budget(weights=7_000), None, True),
        (Budget(ram="16KiB"), None, False),
        (Budget(latency="12ms"), None, False),
        (Budget(latency="13ms"), None, True),
        (Budget(max_drop="1%"), 0.0101, False),
        (Budget(max_drop="1%"), 0.01, True),
        (Budget(max_drop="1%"), -0.2, True),
        (Budget(max_drop="1%"), None, False),
    ],
)
def test_budget(budget: Budget, drop: float | None, met: bool) -> None:
    assert sample(budget=budget, drop=drop).budget.met is met


@pytest.mark.parametrize("make", [sample, large])
def test_table_fits_a_hundred_columns(make) -> None:
    text = report.table(make())
    assert max(map(len, text.splitlines())) <= 100
    assert "\x1b" not in text


def test_table_says_what_matters() -> None:
    text = report.table(large())
    for expected in (
        "accuracy",
        "85.9 %",
        "float 86.2 %",
        "84.4 % (32)",
        "38.1 KiB",
        "gap 3.2 %",
        "simulated within 10 %",
        "0 of 320",
        "f.3.depthwise.conv",
        "depthwise_conv2d_s8_3x3_dsp",
        "(over)",
        "prune",
    ):
        assert expected in text.replace("\n", " "), expected


def test_table_says_when_the_budget_is_not_met() -> None:
    assert "NOT MET" not in report.table(sample())
    text = " ".join(report.table(sample(budget=Budget(flash="8KiB"))).split())
    assert "NOT MET flash 38.1 KiB of 8.0 KiB (over)" in text
    text = " ".join(report.table(sample(budget=Budget(weights="4KiB"))).split())
    assert "NOT MET weights 6.8 KiB of 4.0 KiB (over)" in text


def test_memories_are_told_apart_where_there_are_several() -> None:
    sections = {".data": 16, ".bss": 1000, ".stack": 640, ".arena": 16_000, ".fast": 4096}
    fast = FastMemory("dtcm", True, ((0, "weights"),))
    made = sample(target="nucleo-h743zi", fast=fast, sections=sections)
    used = {region.name: (region.used_bytes, region.holds) for region in made.memory.regions}
    assert used["axi_sram"] == (1016, (".bss", ".data"))
    assert used["dtcm"] == (640 + 16_000 + 4096, ("arena", "constants", "stack"))
    assert "dtcm 20.2 KiB of 128.0 KiB" in report.table(made)
    assert "dtcm" not in report.table(sample(sections=sections))


def test_table_in_colour() -> None:
    assert "\x1b[" in report.table(sample(), color=True)


def test_fallback_to_portable_c_is_listed() -> None:
    r = sample()
    portable = replace(r, layers=(replace(r.layers[0], kernel="tc_linear_s8_ref"), *r.layers[1:]))
    assert "fallback" not in report.table(r)
    assert "net.blocks.0.linear: not tc_linear_s8_mve: the core has no MVE" in report.table(portable)


def test_difference_is_named() -> None:
    r = sample()
    bad = replace(r.verification, differing_elements=7, max_difference_lsb=2, first_bad_layer="net.blocks.1.linear")
    text = " ".join(report.table(replace(r, verification=bad)).split())
    assert "7 of 320" in text
    assert "2 LSB" in text
    assert "first in net.blocks.1.linear" in text


def test_page_is_self_contained_and_complete() -> None:
    text = report.html(large())
    assert not re.search(r"(src|href)=|https?://|@import|<script", text)
    for expected in (
        "features.27.depthwise.conv",
        "<svg",
        "prefers-color-scheme: dark",
        "the core has no MVE",
        "prune",
        "Arena over time",
        "simulated",
    ):
        assert expected in text, expected


def test_page_escapes_names() -> None:
    r = sample()
    hostile = replace(r, layers=(replace(r.layers[0], name="<img src=x>"), *r.layers[1:]))
    assert "<img" not in report.html(hostile)


def test_page_without_cycles_shows_macs() -> None:
    r = sample()
    layers = tuple(replace(layer, cycles=None, instructions=None) for layer in r.layers)
    text = report.html(replace(r, layers=layers, speed=replace(r.speed, cycles=None, latency_us=None)))
    assert "MACs per layer" in text


def test_compare_finds_what_got_worse() -> None:
    before, after = sample(), sample(flash_bytes=40_000)
    rows = {row.quantity: row for row in report.compare(before, after, {"flash": 0.02, "ram": 0.0})}
    assert rows["flash"].worse
    assert rows["flash"].change == pytest.approx(1000 / 39_000)
    assert not rows["ram"].worse
    assert not {r.quantity: r for r in report.compare(before, after, {"flash": 0.03})}["flash"].worse
    assert not any(row.worse for row in report.compare(before, after, {}))


def test_compare_accuracy_by_points_and_errors_relatively() -> None:
    r = sample()
    worse = replace(r, accuracy=replace(r.accuracy, compressed=0.849))
    assert {x.quantity: x.worse for x in report.compare(r, worse, {"accuracy": 0.005})}["accuracy"]
    assert not {x.quantity: x.worse for x in report.compare(r, worse, {"accuracy": 0.011})}["accuracy"]
    error = replace(r, accuracy=replace(r.accuracy, metric="mse", compressed=2.0))
    larger = replace(r, accuracy=replace(r.accuracy, metric="mse", compressed=2.1))
    assert {x.quantity: x.worse for x in report.compare(error, larger, {"accuracy": 0.04})}["accuracy"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (0, "0"),
        (9_999, "9999"),
        (10_000, "10.0 k"),
        (123_456, "123 k"),
        (999_499, "999 k"),
        (999_500, "1.00 M"),
        (12_500_000, "12.5 M"),
        (3_200_000_000, "3.20 G"),
    ],
)
def test_counts(value: int | None, text: str) -> None:
    assert units.count(value) == text


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (None, "-"),
        (0.5, "0.500 us"),
        (12.0, "12.00 us"),
        (1234.0, "1.23 ms"),
        (253_300.0, "253.3 ms"),
        (2_500_000.0, "2.50 s"),
    ],
)
def test_times(us: float | None, text: str) -> None:
    assert units.time(us) == text
