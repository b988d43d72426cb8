"""toolchain profile: cycles and time per layer, stack and memory, on a device or the simulator."""

from __future__ import annotations

import typer

from toolchain.cli._options import BuildFolder, Json, Port, Runner

PANEL, ORDER = "Run", 3


def command(folder: BuildFolder = None, port: Port = None, runner: Runner = None, json: Json = False) -> None:
    """Print cycles and time per layer, stack and memory; on the simulator without --port."""
    from toolchain import profile, report, runners
    from toolchain.build_directory import open_build
    from toolchain.cli._console import color, print_json, width
    from toolchain.cli._options import build_folder
    from toolchain.report import units

    place = build_folder(folder)
    build = open_build(place)
    with runners.open_device(build.firmware, build.target, runner, port) as client:
        run = profile.profile(client, build.program, [x[0] for x in build.vectors.inputs])
    updated = report.with_profile(report.load(place), run, build.target)
    if json:
        print_json(
            {
                "runner": run.runner,
                "source": run.source,
                "error_band": run.error_band,
                "cycles": run.cycles,
                "instructions": run.instructions,
                "latency_us": updated.speed.latency_us,
                "stack_bytes": run.stack_bytes,
                "arena_bytes": build.program.arena_bytes,
                "layers": [
                    {
                        "name": layer.name,
                        "op": layer.op,
                        "kernel": layer.kernel,
                        "macs": layer.macs,
                        "cycles": layer.cycles,
                        "instructions": layer.instructions,
                    }
                    for layer in updated.layers
                ],
            }
        )
        return
    typer.echo(report.profile_table(updated, color(), width()), nl=False)
    used = "not known" if run.stack_bytes is None else units.kib(run.stack_bytes)
    typer.echo(
        f"\nstack used {used} of {units.kib(updated.size.stack_bytes)}, arena {units.kib(build.program.arena_bytes)}"
    )
