"""The report as one self-contained page: no script, no font, no image from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

from toolchain.report import chart, units
from toolchain.report.model import Report
from toolchain.report.terminal import estimates_title, summary_rows


def html(report: Report) -> str:
    """Return report.html."""
    total = sum(layer.cycles or 0 for layer in report.layers)
    return _environment().get_template("report.html.j2").render(
        r=report,
        summary=summary_rows(report),
        estimates_title=estimates_title(report),
        units=units,
        total=total,
        bars=chart.bars(report.layers),
        by_cycles=bool(total),
        blocks=chart.blocks(report),
        peak=chart.peak_position(report),
        peak_name=chart.peak_name(report),
        width=chart.WIDTH,
        height=chart.HEIGHT,
    )


def front_page(front: Mapping[str, Any]) -> str:
    """Return front.html: the points of a Pareto front, plotted against each resource, and why each is as it is."""
    plots = [chart.scatter(front["points"], key, label) for key, label in
             (("flash_bytes", "flash"), ("ram_bytes", "RAM"), ("latency_us", "latency"))
             if all(p[key] is not None for p in front["points"])]
    return _environment().get_template("front.html.j2").render(
        f=front, plots=plots, units=units, area=chart)


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
