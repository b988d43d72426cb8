"""A network whose layers several threads divide, and a program that runs it in several threads at once."""

from __future__ import annotations

import numpy as np

from tests.emit.models import Builder
from toolchain.ir import Graph, Node, Tensor
from toolchain.ops.add import BinaryAttributes
from toolchain.ops.conv2d import Conv2dAttributes
from toolchain.ops.depthwise_conv2d import DepthwiseConv2dAttributes
from toolchain.ops.linear import LinearAttributes
from toolchain.ops.mean import MeanAttributes

#: Layers of ``network`` and ``reals`` that have MACs enough to be divided; the last one of ``network`` has three rows.
DIVIDED = {"parts": 4, "reals": 2}


def network() -> Graph:
    """Return convolutions with padding, stride and dilation, without padding, depthwise, and a linear layer; int8."""
    b = Builder("parts")
    x = b.input("x", (1, 18, 18, 3))
    y = b.node("conv2d", Conv2dAttributes(padding=(1, 1, 1, 1)), x, *b.weights((32, 3, 3, 3)), scale=0.2)
    z = b.node(
        "depthwise_conv2d",
        DepthwiseConv2dAttributes(stride=(1, 1), padding=(2, 2, 2, 2)),
        y,
        *b.weights((1, 5, 5, 32), axis=3),
        scale=0.3,
    )
    y = b.node("add", BinaryAttributes(), y, z, scale=0.3)
    y = b.node(
        "conv2d",
        Conv2dAttributes(stride=(2, 2), dilation=(2, 2), padding=(2, 1, 2, 1)),
        y,
        *b.weights((16, 3, 3, 32)),
        scale=0.5,
    )
    y = b.node("conv2d", Conv2dAttributes(stride=(2, 2)), y, *b.weights((64, 5, 5, 16)), scale=0.5)
    y = b.node("mean", MeanAttributes((1, 2), False), y, scale=0.2)
    return b.graph(b.node("linear", LinearAttributes(), y, *b.weights((5, 64)), scale=0.3))


def reals() -> Graph:
    """Return two convolutions in float32, the second depthwise."""
    rng = np.random.default_rng(5)
    shapes = {"w": (16, 3, 3, 8), "b": (16,), "v": (1, 7, 7, 16), "c": (16,)}
    weights = [Tensor(n, s, data=rng.normal(size=s).astype(np.float32)) for n, s in shapes.items()]
    values = [Tensor("x", (1, 17, 17, 8)), *(Tensor(n, (1, 17, 17, 16)) for n in ("conv", "y"))]
    nodes = (
        Node("conv", "conv2d", ("x", "w", "b"), ("conv",), Conv2dAttributes(padding=(1, 1, 1, 1))),
        Node(
            "depthwise", "depthwise_conv2d", ("conv", "v", "c"), ("y",), DepthwiseConv2dAttributes(padding=(3, 3, 3, 3))
        ),
    )
    return Graph("reals", {t.name: t for t in (*weights, *values)}, nodes, ("x",), ("y",))


#: Reads one input, writes one output for each run: by layers, in one thread, and in three at once that start and stop
#: the pool. They must agree.
MAIN = """
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include "%(name)s.h"

enum { USERS = 3, RUNS = 4 };

static _Alignas(16) unsigned char arenas[USERS][(%(name)s_ARENA_BYTES + 15) / 16 * 16];
static unsigned char input[%(name)s_INPUT0_BYTES], results[2 + USERS * RUNS][%(name)s_OUTPUT0_BYTES];

static void *begin(unsigned char *arena)
{
    memset(arena, 0xa5, %(name)s_ARENA_BYTES);
    return memcpy(%(name)s_input(arena, 0), input, sizeof input);
}

static void end(const unsigned char *arena, int result)
{
    memcpy(results[result], %(name)s_output(arena, 0), sizeof results[0]);
}

static void *use(void *number)
{
    const int user = *(const int *)number;

    for (int run = 0; run < RUNS; ++run) {
        (void)begin(arenas[user]);
        %(name)s_run(arenas[user]);
        end(arenas[user], 2 + user * RUNS + run);
        if (run == user) {
            %(name)s_threads_stop();
        }
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[USERS];
    int numbers[USERS];

    if (fread(input, 1, sizeof input, stdin) != sizeof input) {
        return 1;
    }
    (void)begin(arenas[0]);
    for (int layer = 0; layer < %(name)s_LAYER_COUNT; ++layer) {
        %(name)s_run_layer(arenas[0], layer);
    }
    end(arenas[0], 0);
    %(name)s_threads_start();
    (void)begin(arenas[0]);
    %(name)s_run(arenas[0]);
    end(arenas[0], 1);
    for (int user = 0; user < USERS; ++user) {
        numbers[user] = user;
        if (pthread_create(&threads[user], NULL, use, &numbers[user]) != 0) {
            return 1;
        }
    }
    for (int user = 0; user < USERS; ++user) {
        (void)pthread_join(threads[user], NULL);
    }
    %(name)s_threads_stop();
    return fwrite(results, 1, sizeof results, stdout) == sizeof results ? 0 : 1;
}
"""
