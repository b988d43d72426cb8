"""The reference networks of ../shared: bit-exact on the simulator, accurate, within the arenas of hand-written code."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolchain import cli, report

SHARED = Path(__file__).resolve().parents[3] / "shared"
#: network -> metric, largest arena in bytes (what calling CMSIS-NN directly needs)
NETWORKS = {
    "resnet8": ("accuracy", 49_728),
    "dscnn": ("accuracy", 16_000),
    "mbv1_vww": ("accuracy", 55_296),
    "fcae": ("mse", 768),
}
CODE_LIMIT_BYTES = 20 * 1024


@pytest.mark.parametrize("name", NETWORKS)
def test_reference_network(name: str, tmp_path: Path) -> None:
    if not SHARED.is_dir():
        pytest.skip("the reference networks (../shared) are not here")
    metric, arena = NETWORKS[name]
    data = {k: str(SHARED / "data" / f"{name}_{k}.npz") for k in ("calibration", "evaluation")}
    arguments = ["--calibration", data["calibration"], "--evaluation", data["evaluation"], "--metric", metric]
    code = cli.run(
        [
            "build",
            str(SHARED / "models" / f"{name}.pt2"),
            *arguments,
            "--target",
            "cortex-m4",
            "--vectors",
            "2",
            "-o",
            str(tmp_path / "out"),
            "-q",
        ]
    )
    assert code == 0
    result = report.load(tmp_path / "out")
    assert result.verification.differing_elements == 0
    assert result.size.arena_bytes <= arena
    assert result.size.code_bytes + result.size.app_bytes <= CODE_LIMIT_BYTES
    assert result.accuracy.float is not None
    assert result.accuracy.compressed is not None
    if metric == "mse":
        assert result.accuracy.compressed <= result.accuracy.float * 1.01
    else:
        assert result.accuracy.compressed >= result.accuracy.float - 0.01
    assert (tmp_path / "out" / "model.tflite").is_file()
