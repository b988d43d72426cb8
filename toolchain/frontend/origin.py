"""Where an fx node comes from in the user's model: module path and source line."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Any

from toolchain.ir import Origin

_FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+), in [^\n]+\n(?P<text>[^\n]*)')
_TORCH = re.compile(r"[/\\]torch[/\\](nn|fx|export|ao|utils|functional|_)")


def origin_of(meta: dict[str, Any]) -> Origin:
    """Return the module path and the innermost source line outside torch itself."""
    stack = list((meta.get("nn_module_stack") or {}).values())
    module = re.sub(r"@\d+", "", str(stack[-1][0])) if stack else ""
    frames = [m for m in _FRAME.finditer(meta.get("stack_trace") or "") if not _TORCH.search(m["file"])]
    if not frames:
        return Origin(module)
    frame = frames[-1]
    return Origin(module, f"{PurePath(frame['file']).name}:{frame['line']}  {frame['text'].strip()}")
