"""Verify and profile on a phone by adb: what works, and every way in which a phone is not there or not able."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.emit.models import MODELS
from tests.runners import phones
from tests.runners.phones import StubPhone
from toolchain import compilers, emit, plan, profile, targets, verify
from toolchain.artifacts import Firmware
from toolchain.errors import TargetError, ToolchainError, ToolError, UsageError, VerificationError
from toolchain.ir import Array, Program
from toolchain.numerics import Rounding
from toolchain.ops.execute import run_integer
from toolchain.runners.adb import open_phone

ARM64 = targets.load("android-arm64")
HASH = "0123abcd"


@cache
def program() -> Program:
    """Return a model with two inputs and three layers."""
    return plan.plan(MODELS["branches"](), ARM64, rounding=Rounding.DOUBLE)


def vectors(count: int = 6) -> tuple[list[Array], list[Array]]:
    """Return inputs, and the reference's outputs."""
    graph, rng = program().graph, np.random.default_rng(3)
    inputs = [rng.integers(-128, 128, (count, *graph.tensors[n].shape[1:])).astype(np.int8) for n in graph.inputs]
    return inputs, [y.astype(np.int8) for y in run_integer(graph, inputs, Rounding.DOUBLE)]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Firmware]:
    """Return a function that compiles the program, with one text of its sources in place of another."""

    @cache
    def get(old: str = "", new: str = "") -> Firmware:
        tree = emit.emit(program(), ARM64, emit.Info("branches", "1.2.3", HASH))
        assert any(old in text for text in tree.files.values())
        files = {n: text.replace(old, new) if old and n.endswith(".c") else text for n, text in tree.files.items()}
        folder = tmp_path_factory.mktemp("branches")
        return compilers.find("zig", ARM64).build(replace(tree, files=files), ARM64, folder)

    return get


@pytest.fixture
def phone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StubPhone:
    return phones.install(tmp_path / "phone", monkeypatch)


def run(firmware: Firmware, serial: str | None = None) -> None:
    """Verify on the phone; raise what is wrong."""
    inputs, expected = vectors()
    with open_phone(firmware, ARM64, serial) as device:
        result, _ = verify.verify(device, program(), inputs, expected, model_hash=HASH)
    verify.require_equal(result)


def test_bits_are_the_references_and_nothing_is_left_behind(build: Callable[..., Firmware], phone: StubPhone) -> None:
    inputs, expected = vectors()
    with open_phone(build(), ARM64) as device:
        result, outputs = verify.verify(device, program(), inputs, expected, model_hash=HASH)
    assert (result.runner, result.vectors, result.differing_elements) == ("adb", 6, 0)
    assert result.processors == ("Stub 5",)
    np.testing.assert_array_equal(outputs[0], expected[0])
    assert not phone.left_behind()


def test_profile_has_several_runs_on_the_fastest_core(build: Callable[..., Firmware], phone: StubPhone) -> None:
    inputs, expected = vectors()
    with open_phone(build(), ARM64, "PHONE1", runs=4) as device:
        first = profile.profile(device, program(), [x[0] for x in inputs])
        assert device.timing is not None
        result = device.timing.profile(first)
        rows = dict(device.facts.rows(device.timing.thermal))
    assert result.runs == 4 and len(result.layers) == len(program().steps)
    for spread in (result.cycles, *result.layers):
        assert spread is not None and 0 < spread.minimum <= spread.median
    np.testing.assert_array_equal(first.outputs[0], expected[0][:1])
    assert rows == {"phone": "Stub 5, Android 14", "core": "pinned to 2, up to 2.84 GHz",
                    "thermal": "light before, light after", "features": "fp asimd aes asimddp"}
    assert any("taskset 4 ./bench profile 4" in line for line in phone.log)
    assert not phone.left_behind()


def test_first_bad_layer_is_named(build: Callable[..., Firmware], phone: StubPhone) -> None:
    call = "tc_slice_s8_ref(&params, (const int8_t *)("
    bad = build(f"{call}arena", f"{call}1 + arena")
    with pytest.raises(VerificationError) as caught:
        run(bad)
    assert ("layer", "layer01 body.1") in caught.value.details
    assert not phone.left_behind()


def test_program_of_another_model(build: Callable[..., Firmware], phone: StubPhone) -> None:
    with pytest.raises(VerificationError, match="is of another model"), open_phone(build(), ARM64) as device:
        device.require_model(program(), "another")
    assert not phone.left_behind()


def test_illegal_instruction(build: Callable[..., Firmware], phone: StubPhone) -> None:
    run_c = "void branches_run(void *arena)\n{"
    with pytest.raises(ToolError, match=r"an instruction that Stub 5 does not have \(SIGILL\)") as caught:
        run(build(run_c, f'{run_c}\n    __asm__ volatile(".inst 0");'))
    assert ("features", "fp asimd aes asimddp") in caught.value.details
    assert not phone.left_behind()


@pytest.mark.parametrize("when", ["push", "run"])
def test_full_disk(when: str, build: Callable[..., Firmware], phone: StubPhone) -> None:
    phone.set("full", when)
    with pytest.raises(ToolError, match="PHONE1 has no room: No space left on device"):
        run(build())
    assert not phone.left_behind()


@pytest.mark.parametrize(("states", "serial", "kind", "message", "hint"), [
    ("", None, ToolError, "no Android device is connected", "USB debugging"),
    ("PHONE1=offline", None, ToolError, "PHONE1 is offline", "adb reconnect"),
    ("PHONE1=unauthorized", None, ToolError, "has not allowed this computer", "dialog"),
    ("PHONE1=device,PHONE2=device", None, UsageError, "2 Android devices are connected", "--adb PHONE1"),
    ("PHONE1=device", "PHONE9", ToolError, "PHONE9 is not connected", ""),
])
def test_no_device(states: str, serial: str | None, kind: type[ToolchainError], message: str, hint: str,
                   build: Callable[..., Firmware], phone: StubPhone) -> None:
    phone.set("states", states)
    with pytest.raises(kind, match=message) as caught:
        run(build(), serial)
    assert hint in "".join(caught.value.hints)


def test_one_of_two_is_named_by_the_environment(build: Callable[..., Firmware], phone: StubPhone,
                                                monkeypatch: pytest.MonkeyPatch) -> None:
    phone.set("states", "PHONE0=unauthorized,PHONE1=device")
    monkeypatch.setenv("ANDROID_SERIAL", "PHONE1")
    run(build())


def test_phone_of_another_abi_and_build_of_no_abi(build: Callable[..., Firmware], phone: StubPhone) -> None:
    x86 = targets.load("android-x86_64")
    with pytest.raises(TargetError, match="PHONE1 does not run x86_64"), open_phone(build(), x86):
        pass
    host = targets.load("host")
    with pytest.raises(UsageError, match="host is not an ABI of Android"), open_phone(build(), host):
        pass


def test_without_adb(build: Callable[..., Firmware], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("ANDROID_HOME", "ANDROID_SDK_ROOT"):
        monkeypatch.delenv(name, raising=False)
    firmware = build()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="adb is not installed"):
        run(firmware)
