"""The one Jinja environment. Templates lie in codegen_templates/ and targets/; they print, Python computes."""

from __future__ import annotations

import math
from functools import cache

import jinja2
import numpy as np

from toolchain import resources
from toolchain.emit.identifiers import comment_text
from toolchain.numerics import INT32_MIN


def c_int(value: int) -> str:
    """Return an integer literal; the most negative int32 has none in C."""
    return "INT32_MIN" if value == INT32_MIN else str(value)


def c_float(value: float) -> str:
    """Return the shortest float literal that reads back as the same float32; infinity by its name in tc_float.h."""
    if math.isinf(value):
        return "TC_INFINITY" if value > 0 else "-TC_INFINITY"
    return f"{np.float32(value)!s}f"


def c_string(value: str) -> str:
    """Return the inside of a string literal, in ASCII."""
    return value.encode("ascii", "replace").decode().replace("\\", "\\\\").replace('"', '\\"')


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([resources.templates(), resources.targets()]), undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False)
    environment.filters.update(c_float=c_float, c_string=c_string, comment=comment_text,
                               grouped=lambda n: f"{n:,}", short=lambda x: str(np.float32(x)))
    return environment


def render(template: str, **context: object) -> str:
    """Return the text of a template, named by its path below codegen_templates/ or targets/."""
    return _environment().get_template(template).render(**context)
