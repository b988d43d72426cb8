"""What became of each board: a table of 100 columns, JUnit XML, an exit code.

Source: JUnit XML as CI servers read it (testsuites, testsuite, properties, testcase, failure, error, skipped).
"""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from toolchain.errors import ToolError, VerificationError

COLUMNS = 100


class State(str, Enum):
    """How a board ended: outputs equal, outputs differ, or no answer to that."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"


@dataclass(frozen=True)
class Result:
    """One board. Figures are None where it did not come to them; ``cycles`` is the median of ``runs``."""

    name: str
    place: str
    state: State
    message: str = ""
    warning: str = ""
    board: str = ""
    exit_code: int = 0
    vectors: int | None = None
    differing_elements: int | None = None
    cycles: int | None = None
    cycles_min: int | None = None
    latency_us: float | None = None
    counter: str = ""
    source: str = ""
    runs: int = 0
    stack_bytes: int | None = None
    stack_bound_bytes: int | None = None
    resent: int = 0
    verify_s: float = 0.0
    profile_s: float = 0.0


def exit_code(results: Sequence[Result]) -> int:
    """Return 0 when every board passed, 4 when outputs differ somewhere, else that of the first error."""
    if any(result.state is State.FAILED for result in results):
        return VerificationError.exit_code
    return next((result.exit_code or ToolError.exit_code for result in results if result.state is State.ERROR), 0)


def table(results: Sequence[Result], color: bool = False, width: int = COLUMNS) -> str:
    """Return the boards as a table, then the messages of those that did not pass."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    rows = Table(box=None, padding=(0, 1, 0, 0), header_style="bold")
    for name, most, justify in _LAYOUT:
        rows.add_column(name, justify=justify, no_wrap=True, max_width=most, overflow="ellipsis")  # type: ignore[arg-type]
    for result in results:
        style = "green" if result.state is State.PASSED else "red"
        rows.add_row(*map(escape, _cells(result)), f"[{style}]{result.state.value}[/{style}]")
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=color, no_color=not color, highlight=False)
    console.print(rows)
    for result in results:
        for text in filter(None, (result.warning, result.message)):
            console.print(f"\n[bold]{escape(result.name)}[/bold]\n{escape(text)}", soft_wrap=True)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


#: Column, its most characters, and where it is aligned: 100 columns with the blanks between.
_LAYOUT = (
    ("name", 17, "left"),
    ("board", 16, "left"),
    ("port", 17, "left"),
    ("vectors", 7, "right"),
    ("differ", 6, "right"),
    ("cycles", 7, "right"),
    ("time", 8, "right"),
    ("s", 5, "right"),
    ("result", 7, "left"),
)


def _cells(result: Result) -> list[str]:
    def number(value: float | None, text: str) -> str:
        return "-" if value is None else text.format(value)

    million = result.cycles is not None and result.cycles >= 10_000_000
    cycles = None if result.cycles is None else result.cycles / (1e6 if million else 1e3)
    latency = None if result.latency_us is None else result.latency_us / 1e3
    return [
        result.name,
        result.board,
        result.place,
        number(result.vectors, "{}"),
        number(result.differing_elements, "{}"),
        number(cycles, "{:.3g} M" if million else "{:.4g} k"),
        number(latency, "{:.4g} ms"),
        f"{result.verify_s + result.profile_s:.1f}",
    ]


def junit(results: Sequence[Result]) -> str:
    """Return the results as JUnit XML: a suite a board, in it the cases verify and profile."""
    root = ET.Element("testsuites", name="toolchain farm")
    for result in results:
        verified = result.vectors is not None and result.state is not State.FAILED
        bad, seconds = result.state is not State.PASSED, result.verify_s + result.profile_s
        suite = ET.SubElement(
            root,
            "testsuite",
            name=result.name,
            tests="2",
            time=f"{seconds:.3f}",
            failures=str(int(result.state is State.FAILED)),
            skipped=str(int(bad and not verified)),
            errors=str(int(result.state is State.ERROR)),
        )
        properties = ET.SubElement(suite, "properties")
        for name in (
            "board",
            "place",
            "vectors",
            "cycles",
            "cycles_min",
            "latency_us",
            "counter",
            "source",
            "runs",
            "stack_bytes",
            "stack_bound_bytes",
            "resent",
        ):
            if (value := getattr(result, name)) not in (None, ""):
                ET.SubElement(properties, "property", name=name, value=str(value))
        broken = "profile" if verified else "verify"
        for name, took in (("verify", result.verify_s), ("profile", result.profile_s)):
            case = ET.SubElement(suite, "testcase", classname=f"toolchain.{result.name}", name=name, time=f"{took:.3f}")
            if bad and name == broken:
                kind = "failure" if result.state is State.FAILED else "error"
                ET.SubElement(
                    case, kind, message=result.message.splitlines()[0].removeprefix("error: "), type=kind
                ).text = result.message
            elif bad and name == "profile":
                ET.SubElement(case, "skipped")
        if result.warning:
            ET.SubElement(suite, "system-err").text = result.warning
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"
