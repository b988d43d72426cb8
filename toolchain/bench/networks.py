"""Networks on cores: each is captured once, built for every core, run on two vectors and profiled on one."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from toolchain import build_directory, pipeline, plan, project, project_file, targets
from toolchain.bench.rows import NetworkRow
from toolchain.data import Data
from toolchain.errors import ToolchainError
from toolchain.ir import Graph
from toolchain.project import Model, Project
from toolchain.report import Report

VECTORS = 2
PROCESSES = 2


@dataclass(frozen=True)
class Network:
    """Where a network comes from: a .pt2 with its calibration data, or a folder with a toolchain.toml."""

    name: str
    path: Path
    calibration: Path | None = None
    objective: plan.Objective = plan.Objective.LATENCY

    def project(self) -> Project:
        """Return what is built."""
        if self.path.is_dir():
            return project_file.read(self.path)
        return project.from_file(self.path, self.calibration, None, None, "accuracy")


def find(networks: Path, examples: Sequence[Path], small: Sequence[str] = ()) -> tuple[list[Network], list[str]]:
    """Return the networks below a folder (models/NAME.pt2, data/NAME_calibration.npz) and the examples that are here.

    Those in ``small`` come a second time, as NAME-ram: in the least memory. Also return a line for each thing that is
    missing.
    """
    found, missing = [], []
    for path in sorted(networks.glob("models/*.pt2"), key=lambda p: -p.stat().st_size):
        data = networks / "data" / f"{path.stem}_calibration.npz"
        if data.is_file():
            found.append(Network(path.stem, path, data))
            if path.stem in small:
                found.append(Network(f"{path.stem}-ram", path, data, plan.Objective.RAM))
        else:
            missing.append(f"{path.stem}: no {data}")
    if not found:
        missing.append(f"networks: no models/*.pt2 in {networks} (--networks DIR)")
    for folder in examples:
        if (folder / "toolchain.toml").is_file():
            found.append(Network(folder.name, folder))
        else:
            missing.append(f"example {folder.name}: no {folder}")
    return found, missing


def measure(networks: Sequence[Network], cores: Sequence[str], compiler: str | None,
            say: Callable[[str], None]) -> tuple[list[NetworkRow], list[str]]:
    """Return a row per network and core (or board), and a line for each build that failed; two processes work."""
    rows: list[NetworkRow] = []
    failures: list[str] = []
    pool = ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn"))
    try:
        jobs = {pool.submit(_measure_one, network, cores, compiler): network for network in networks}
        for job in as_completed(jobs):
            done, failed = job.result()
            rows += done
            failures += failed
            say(f"{jobs[job].name} on {len(done)} cores")
    finally:
        pool.shutdown(cancel_futures=True)  # an interruption ends what has not begun
    order = {network.name: i for i, network in enumerate(networks)}
    boards = [targets.load(core).board.name for core in cores]
    return sorted(rows, key=lambda r: (boards.index(r.board), order[r.network])), failures


def _measure_one(network: Network, cores: Sequence[str], compiler: str | None) -> tuple[list[NetworkRow], list[str]]:
    rows, failures = [], []
    what, first = network.project(), None
    with tempfile.TemporaryDirectory(prefix="toolchain-bench-") as folder:
        for core in cores:
            output = Path(folder) / core
            options = pipeline.Options(target=core, output=output, compiler=compiler, vectors=VECTORS,
                                       objective=network.objective)
            try:
                report = pipeline.build(what, options)
            except ToolchainError as error:
                failures.append(f"{network.name} on {core}: {error.what}")
                continue
            build = build_directory.open_build(output)
            if first is None:  # the other cores need not capture and quantise again
                first, what = report, _of_graph(what, build.program.graph)
            rows.append(_row(network.name, report, build, first.model.macs))
    return rows, failures


def _of_graph(what: Project, graph: Graph) -> Project:
    """Return the project of a graph that is quantised already, without data: its vectors are random."""
    model = Model(what.source, graph=graph)
    return Project(what.name, what.source, what.metric, lambda: (model, Data(())), needs_torch=False)


def _row(name: str, report: Report, build: build_directory.Build, macs: int) -> NetworkRow:
    sizes = build.firmware.sizes
    return NetworkRow(network=name, core=report.target.core, board=report.target.board, compiler=report.target.compiler,
                      macs=macs, instructions=report.speed.instructions, cycles=report.speed.cycles,
                      source=_source(report), weights_bytes=sizes.weights_bytes, code_bytes=sizes.code_bytes,
                      arena_bytes=sizes.arena_bytes, arena_lower_bound_bytes=report.size.arena_lower_bound_bytes,
                      stack_bytes=sizes.inference_stack_bytes,
                      differing_elements=report.verification.differing_elements)


def _source(report: Report) -> str:
    known = any(c.isdigit() for c in report.speed.error_band)
    return f"{report.speed.source} within {report.speed.error_band}" if known else report.speed.source
