"""Reports for the tests: one made of real stage results of a small network, and a larger one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from toolchain import report, targets
from toolchain.artifacts import Firmware, LayerProfile, RunResult, Sizes, Verification
from toolchain.budget import Budget
from toolchain.ir import Buffer, FastMemory, Graph, Node, Origin, Program, Quantization, Rejected, Step, Tensor
from toolchain.report.model import Compression

Q = Quantization.per_tensor(0.1, 3)


def program(layers: int = 2) -> Program:
    """Return a chain of linear layers 4 -> 4 with half of the weights zero."""
    tensors = {"x": Tensor("x", (1, 4), "s8", quantization=Q)}
    nodes, steps, buffers = [], [], {"x": Buffer("x", 0, 4, -1, 0)}
    previous = "x"
    for i in range(layers):
        weights = np.tile(np.array([[1, 0, 3, 0]], dtype=np.int8), (4, 1))
        out, w = f"y{i}", f"w{i}"
        tensors |= {out: Tensor(out, (1, 4), "s8", quantization=Q), w: Tensor(w, (4, 4), "s8", data=weights)}
        origin = Origin(f"net.blocks.{i}.linear", f"model.py:{10 + i}  x = self.linear(x)")
        nodes.append(Node(f"linear_{i}", "linear", (previous, w), (out,), origin=origin))
        steps.append(
            Step(
                i,
                f"linear_{i}",
                "linear",
                "tc_linear_s8_dsp",
                "dsp",
                {},
                (previous,),
                (out,),
                None,
                (1, 4),
                16,
                32,
                origin,
                "first choice",
                live_macs=8,
            )
        )
        buffers[out] = Buffer(out, 4 * ((i + 1) % 2), 4, i, i + 1)
        previous = out
    graph = Graph("tiny", tensors, tuple(nodes), ("x",), (previous,))
    return Program(
        graph,
        tuple(steps),
        buffers,
        16_000,
        8,
        15_500,
        0,
        "double",
        rejected=(Rejected("linear_0", "tc_linear_s8_mve", "the core has no MVE"),),
    )


def sample(layers: int = 2, budget: Budget | None = None, drop: float | None = 0.01, target: str = "cortex-m4",
           fast: FastMemory | None = None, sections: Mapping[str, int] | None = None, **sizes: int) -> report.Report:
    """Return the report of ``program``."""
    planned = replace(program(layers), fast=fast)
    size = replace(
        Sizes(
            flash_bytes=39_000,
            weights_bytes=7_000,
            code_bytes=12_000,
            app_bytes=3_000,
            data_bytes=16,
            bss_bytes=1_200,
            stack_bytes=640,
            arena_bytes=16_000,
        ),
        **sizes,
    )
    profile = tuple(LayerProfile(1000 * (i + 1), 700 * (i + 1)) for i in range(layers))
    return report.assemble(
        command="toolchain build --target cortex-m4",
        source="toolchain.toml: model:build",
        target=targets.load(target),
        canonical=planned.graph,
        program=planned,
        firmware=Firmware(Path("firmware.elf"), None, size, "zig 0.17.1", sections or {}),
        accuracy=report.Accuracy("accuracy", 0.862, 0.859, 0.844, 1234, 32),
        drop=drop,
        verification=Verification("simulator", 32, 320, 0),
        runs=[RunResult("simulator", (), 1_477_000, 1_100_000, profile, 500, "simulated", "10 %")],
        budget=budget or Budget(flash="64KiB", ram="20KiB", latency="20ms", max_drop="1%"),
        sqnr_db={"linear_0": 41.234, "linear_1": 38.0},
    )


def large() -> report.Report:
    """Return a report with the extent of a real network: many layers, long names, millions of MACs."""
    small = sample(2)
    first = small.layers[0]
    layers, buffers = [], [replace(small.memory.buffers[0], size_bytes=3072)]
    for i in range(28):
        depthwise = i % 2 == 1
        op = "depthwise_conv2d" if depthwise else "conv2d"
        macs = 9_000 * (i + 3) if depthwise else 110_000 * (i + 3)
        layers.append(
            replace(
                first,
                name=f"features.{i}.{'depthwise' if depthwise else 'pointwise'}.conv",
                op=op,
                kernel=f"tc_{op}_s8_{'3x3_' if depthwise else '1x1_'}dsp",
                shape=(1, 24, 24, 8 * (i + 1)),
                macs=macs,
                live_macs=macs * 9 // 10,
                weights_bytes=900 * (i + 1),
                sqnr_db=45 - i * 0.7,
                cycles=macs * 16 // 10,
                instructions=macs * 12 // 10,
                sparsity=0.1,
            )
        )
        buffers.append(
            replace(
                buffers[0],
                name=f"features.{i}",
                offset=16_000 if depthwise else 0,
                size_bytes=16_000 - 300 * i,
                first_step=i,
                last_step=i + 1,
            )
        )
    cycles = sum(layer.cycles or 0 for layer in layers)
    return replace(
        small,
        name="mbv1_vww",
        layers=tuple(layers),
        memory=replace(small.memory, peak_step=1, buffers=tuple(buffers)),
        model=replace(
            small.model,
            macs=sum(x.macs for x in layers),
            live_macs=sum(x.live_macs for x in layers),
            parameters=208_112,
        ),
        speed=replace(small.speed, cycles=cycles, instructions=cycles * 3 // 4, latency_us=cycles / 120),
        compression=(Compression("prune", "features.3.depthwise.conv", {"amount": 0.5}, 12_000, 300_000, 0.857),),
    )
