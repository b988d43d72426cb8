"""Hand-made source trees: an application without the serial loop, and a model small enough to know by heart."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

import pytest

from toolchain import compilers, resources, targets
from toolchain.artifacts import Firmware, SourceTree
from toolchain.compilers import Compiler
from toolchain.emit import sources
from toolchain.emit.render import render

WEIGHTS = 4096
ARENA = 512

MODEL_H = """#ifndef DEMO_H
#define DEMO_H
#include <stdint.h>
void demo_run(void *arena);
#endif
"""
MODEL_C = """#include "demo.h"
#include "demo_weights.h"
#include <string.h>

static void layer00(int8_t *arena, int32_t divisor)
{
    int32_t sum = 0;
    for (int i = 0; i < DEMO_WEIGHTS; ++i) {
        sum += demo_weights[i] * arena[i & 255];
    }
    const int64_t wide = (int64_t)sum * divisor / (divisor + 1);
    memset(arena, (int)(wide & 0xff), 256);
}

void demo_run(void *arena)
{
    int8_t *bytes = arena;
    layer00(bytes, bytes[0]);
}
"""
WEIGHTS_H = f"""#include <stdint.h>
#define DEMO_WEIGHTS {WEIGHTS}
extern const int8_t demo_weights[DEMO_WEIGHTS];
"""
WEIGHTS_C = f"""#include "demo_weights.h"
const int8_t demo_weights[DEMO_WEIGHTS] = {{{", ".join(str(i % 251 - 125) for i in range(WEIGHTS))}}};
"""
APP_C = f"""#include "demo.h"
#include "tc_board.h"
#include <string.h>

__attribute__((section(".bss.tc_arena"), aligned(8))) static uint8_t tc_arena[{ARENA}];
static int8_t started = 42;
static int32_t zeroed[3];

static void print_number(uint32_t value)
{{
    uint8_t digits[12];
    size_t at = sizeof digits;
    do {{
        digits[--at] = (uint8_t)('0' + value % 10U);
        value /= 10U;
    }} while (value != 0U);
    tc_board_write(&digits[at], sizeof digits - at);
}}

int main(void)
{{
    tc_board_init();
    tc_cycles_init();
    tc_stack_paint();
    memset(tc_arena, 1, sizeof tc_arena);
    demo_run(tc_arena);
    if (started == 42 && zeroed[0] == 0 && zeroed[2] == 0) {{
        static const uint8_t hello[] = "hello stack=";
        tc_board_write(hello, sizeof hello - 1U);
        print_number(tc_stack_used_bytes());
        tc_board_write((const uint8_t *)"\\r\\n", 2);
    }}
    for (;;) {{
        if (tc_board_read() == 'r') {{
            zeroed[0] = started++;
            tc_board_reset();
        }}
    }}
}}
"""


def firmware_tree(target: targets.Target, *, main: str = APP_C, model: str = MODEL_C) -> SourceTree:
    """Return the demo application for a board."""
    files = {"src/demo.h": MODEL_H, "src/demo.c": model,
             "src/demo_weights.h": WEIGHTS_H, "src/demo_weights.c": WEIGHTS_C,
             "app/main.c": main, "app/linker.ld": render("linker/cortex-m.ld.j2", board=target.board),
             "app/tc_board_config.h": render("app/common/tc_board_config.h.j2", board=target.board),
             "app/tc_board.h": (resources.templates() / "app/common/tc_board.h").read_text(encoding="utf-8")}
    for name in ("startup.c", "tc_memory.c", "tc_cycles.c", "tc_stack.c", "tc_linker.h"):
        files[f"app/{name}"] = (resources.templates() / "app/cortex-m" / name).read_text(encoding="utf-8")
    files.update({f"app/{name}": text for name, text in sources.board(target.board).items()})
    link = tuple(sorted(name for name in files if name.endswith(".c")))
    return SourceTree(files, link, "app/linker.ld")


def installed(kind: str) -> bool:
    """Tell whether a compiler kind for Cortex-M is on this machine; zig always is, the package depends on it."""
    return kind == "zig" or shutil.which({"gcc": "arm-none-eabi-gcc", "clang": "clang"}[kind]) is not None


@cache
def compiler(kind: str, target: str) -> Compiler:
    """Return a compiler, or skip the test where it is not installed."""
    if not installed(kind):
        pytest.skip(f"{kind} for Cortex-M is not installed")
    return compilers.find(kind, targets.load(target))


@cache
def demo(kind: str, target: str) -> Firmware:
    """Return the demo firmware of a target, built once by a compiler kind; skip where that is not installed."""
    folder = Path(tempfile.mkdtemp(prefix="tc-demo-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    board = targets.load(target)
    return compiler(kind, target).build(firmware_tree(board), board, folder)
