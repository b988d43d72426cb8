"""Verify and profile on real firmware; a corrupted byte is traced to its layer."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile

from tests.verify import small
from toolchain import compilers, emit, plan, profile, runners, targets, verify
from toolchain.artifacts import Firmware
from toolchain.errors import VerificationError
from toolchain.ir import Program
from toolchain.ops.execute import run_integer

HASH = "00112233aabbccdd"
GRAPH = small.graph()
INPUTS = small.vectors(6)
EXPECTED = run_integer(GRAPH, INPUTS)
Built = tuple[str, Program, Firmware]


@pytest.fixture(scope="module", params=["sim-cortex-m4", "sim-cortex-m0plus", "host"])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    target = targets.load(request.param)
    program = plan.plan(GRAPH, target)
    tree = emit.emit(program, target, emit.Info("small", "0", HASH))
    folder = tmp_path_factory.mktemp(request.param)
    return request.param, program, compilers.find(None, target).build(tree, target, folder)


def corrupted(firmware: Firmware, symbol: str, folder: Path) -> Firmware:
    """Return a copy of the firmware in which one bit of one weight differs."""
    image = bytearray(firmware.elf.read_bytes())
    elf_file = ELFFile(io.BytesIO(bytes(image)))
    table = elf_file.get_section_by_name(".symtab")
    (entry,) = [s for s in table.iter_symbols() if s.name == symbol]
    section = elf_file.get_section(entry["st_shndx"])
    image[section["sh_offset"] + entry["st_value"] - section["sh_addr"] + 5] ^= 0x40
    elf = folder / "firmware.elf"
    elf.write_bytes(image)
    elf.chmod(0o755)
    return dataclasses.replace(firmware, elf=elf)


def test_equal_outputs(built: Built) -> None:
    name, program, firmware = built
    with runners.open_device(firmware, targets.load(name)) as client:
        result, outputs = verify.verify(client, program, INPUTS, EXPECTED, model_hash=HASH)
    assert (result.vectors, result.elements) == (6, sum(y.size for y in EXPECTED))
    assert (result.differing_elements, result.max_difference_lsb, result.first_bad_layer) == (0, 0, None)
    for got, wanted in zip(outputs, EXPECTED, strict=True):
        np.testing.assert_array_equal(got, wanted)
    verify.require_equal(result)


@pytest.mark.parametrize("layer", ["trunk", "left", "right", "head"])
def test_one_wrong_bit_is_traced_to_its_layer(built: Built, layer: str, tmp_path: Path) -> None:
    name, program, firmware = built
    index = next(s.index for s in program.steps if s.name == layer)
    wrong = corrupted(firmware, f"small_layer{index:02d}_weights", tmp_path)
    with runners.open_device(wrong, targets.load(name)) as client:
        result, _ = verify.verify(client, program, INPUTS, EXPECTED, model_hash=HASH)
    assert result.differing_elements > 0 and result.max_difference_lsb > 0
    assert result.first_bad_layer == f"layer{index:02d} {layer}"
    with pytest.raises(VerificationError, match="differ from the reference") as caught:
        verify.require_equal(result)
    assert caught.value.exit_code == 4
    assert layer in str(caught.value) and "expected" in str(caught.value) and "got" in str(caught.value)


def test_reference_and_device_that_agree_layer_by_layer(built: Built) -> None:
    name, program, firmware = built
    wrong = [EXPECTED[0].copy(), EXPECTED[1]]
    wrong[0][2, 4, 4, 1] ^= 1
    with runners.open_device(firmware, targets.load(name)) as client:
        result, _ = verify.verify(client, program, INPUTS, wrong)
    assert (result.differing_elements, result.max_difference_lsb, result.first_bad_layer) == (1, 1, None)
    assert result.detail.startswith("vector 2: layer by layer the outputs are right")


def test_firmware_of_another_model_is_refused(built: Built) -> None:
    name, program, firmware = built
    with runners.open_device(firmware, targets.load(name)) as client:
        with pytest.raises(VerificationError, match=f"runs another model: hash {HASH}, expected ffff") as caught:
            verify.verify(client, program, INPUTS, EXPECTED, model_hash="ffff")
        assert caught.value.exit_code == 4
        other = dataclasses.replace(program, steps=program.steps[:-1])
        with pytest.raises(VerificationError, match="runs another model: 4 layers"):
            verify.verify(client, other, INPUTS, EXPECTED)
        with pytest.raises(VerificationError, match="runs another model"):
            profile.profile(client, other)


def test_profile(built: Built) -> None:
    name, program, firmware = built
    target = targets.load(name)
    with runners.open_device(firmware, target) as client:
        result = profile.profile(client, program, [x[0] for x in INPUTS])
        again = profile.profile(client, program)
    assert len(result.layers) == 4 and result.cycles is not None
    for got, wanted in zip(result.outputs, EXPECTED, strict=True):
        np.testing.assert_array_equal(got[0], wanted[0])
    if name == "host":
        assert (result.instructions, result.stack_bytes, result.source) == (None, None, "measured")
        return
    assert result.cycles == sum(layer.cycles or 0 for layer in result.layers)
    assert result.instructions == sum(layer.instructions or 0 for layer in result.layers)
    assert result.instructions < result.cycles < 4 * result.instructions
    assert target.core.timing is not None
    assert (result.source, result.error_band) == ("simulated", target.core.timing.error_band)
    # the firmware's bound of the stack holds, and the work of a convolution follows its MACs, not its data
    assert result.stack_bytes is not None and result.stack_bytes <= firmware.sizes.stack_bytes
    assert again.cycles == pytest.approx(result.cycles, rel=0.02)
