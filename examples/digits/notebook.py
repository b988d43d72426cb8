# %% [markdown]
# From a PyTorch model to firmware in Python. The cells run in an editor that knows `# %%`, or as one script:
# `python notebook.py`, from this folder.

# %%
from __future__ import annotations

import data
import model
import torch

import toolchain

# %% [markdown]
# Any trained `nn.Module` in eval mode will do, with example inputs of batch 1.

# %%
network = model.build()
example_inputs = (torch.zeros(1, 1, 8, 8),)

# %% [markdown]
# One call quantises, generates C, compiles it, runs it on the simulator, and compares every output bit.

# %%
report = toolchain.build(
    network,
    example_inputs,
    target="cortex-m4",
    calibration=data.calibration(),
    evaluation=data.evaluation(),
    budget=toolchain.Budget(flash="32KiB", ram="8KiB", latency="5ms", max_drop="1%"),
    output="build/from-python",
)

# %%
print(f"accuracy   float {report.accuracy.float:.1%}, int8 {report.accuracy.compressed:.1%}")
print(f"flash      {report.size.flash_bytes} bytes, of them {report.size.weights_bytes} weights")
print(f"RAM        {report.size.ram_bytes} bytes, of them {report.size.arena_bytes} arena")
print(f"latency    {report.speed.latency_us:.0f} us ({report.speed.source})")
print(f"verified   {report.verification.differing_elements} elements differ in {report.verification.vectors} vectors")

# %% [markdown]
# The same network on the smallest core, and what an error looks like.

# %%
small = toolchain.build(network, example_inputs, target="cortex-m0plus", calibration=data.calibration(),
                        evaluation=data.evaluation(), output="build/from-python-m0plus")
print(f"cortex-m0plus: {small.speed.latency_us:.0f} us; cortex-m4: {report.speed.latency_us:.0f} us")

try:
    toolchain.build(network, example_inputs, target="cortex-m5", calibration=data.calibration())
except toolchain.ToolchainError as error:
    print(error)
