"""The page of a front: every point is plotted, and no label covers a point or another label."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from toolchain import report

RADIUS = 5
LABEL_WIDTH, LABEL_HEIGHT = 14, 9


def point(index: int, flash: int, drop: float, beaten_by: str | None = None) -> dict[str, Any]:
    return {"folder": f"points/{index:02d}", "score": 0.9 - drop, "drop": drop, "flash_bytes": flash,
            "weights_bytes": 1, "ram_bytes": 100, "latency_us": None, "within": True, "steps": [],
            "beaten_by": beaten_by}


def page(points: list[dict[str, Any]]) -> str:
    return report.front_page({"name": "net", "target": "cortex-m4", "metric": "accuracy", "float_score": 0.9,
                              "points": points})


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 20)), min_size=1, max_size=12))
@settings(max_examples=40, deadline=None)
def test_labels_cover_nothing(places: list[tuple[int, int]]) -> None:
    text = page([point(i, 1000 + flash, drop / 100) for i, (flash, drop) in enumerate(places)])
    plot = text[text.index("<svg") : text.index("</svg>")]
    circles = [tuple(map(float, m)) for m in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', plot)]
    labels = [tuple(map(float, m)) for m in re.findall(r'<text x="([\d.]+)" y="([\d.]+)">\d\d<', plot)]
    assert len(circles) == len(places) and labels
    boxes = [(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS) for x, y in circles]
    for x, y in labels:
        box = (x, y - LABEL_HEIGHT, x + LABEL_WIDTH, y)
        assert not any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in boxes)
        boxes.append(box)


def test_a_beaten_point_says_by_which() -> None:
    text = page([point(0, 900, 0.01), point(1, 1000, 0.02, "points/00")])
    assert "beaten by points/00" in text and text.count('class="within beaten"') == 2  # flash, RAM
    assert "hollow" not in page([point(0, 900, 0.01)])
