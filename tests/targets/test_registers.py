"""Every register address and bit that a board's driver uses, against the maker's SVD file or a table of facts.

A driver declares ``#define PERIPHERAL_REGISTER TC_REGISTER(address)`` and ``#define PERIPHERAL_REGISTER_FIELD mask``.
The register at that address must have that name, and that field of it that mask.
"""

from __future__ import annotations

import re

import pytest

from tests.targets import svd
from toolchain import targets
from toolchain.emit import sources

#: Boards by what describes their chip. Not every chip has an SVD file in pyOCD: a sibling's, then, for what both have.
SVD = {
    "nucleo-l4r5zi": "STM32L4x5.svd",
    "nucleo-f446re": "STM32F429x.svd",
    "stm32f4-discovery": "STM32F41x.svd",
    "olimex-stm32-h405": "STM32F41x.svd",
    "stm32vldiscovery": "STM32F103xx.svd",
    "arduino-nano33ble": "nrf52840.svd",
    "microbit-v2": "nrf52833.svd",
    "microbit-v1": "nrf51.svd",
}
FACTS = {
    "nucleo-g0b1re": "stm32g0.toml",
    "nucleo-h743zi": "stm32h7.toml",
    "nucleo-u575zi": "stm32u5.toml",
    "rpi-pico": "rp2040.toml",
    "rpi-pico2": "rp2350.toml",
    "nucleo-l4r5zi": "stm32l4plus.toml",
}
OVER_DRIVE = {"PWR_CR_ODEN", "PWR_CR_ODSWEN", "PWR_CSR_ODRDY", "PWR_CSR_ODSWRDY"}
#: What the SVD file has not: the chip's own is in the facts, or the board's firmware does not use it.
ELSEWHERE = {
    "nucleo-l4r5zi": {"PWR_CR5", "PWR_CR5_R1MODE", "FLASH_ACR_LATENCY"},
    "stm32f4-discovery": OVER_DRIVE,
    "olimex-stm32-h405": OVER_DRIVE,
    "microbit-v1": {"NVMC_ICACHECNF", "NVMC_ICACHECNF_CACHEEN"},
}
#: Registers of the core, in no maker's file: Armv7-M Architecture Reference Manual.
CORE = 0xE0000000
#: The name that an SVD file has for a peripheral of ours.
ALIASES = {"USART": ("USART", "LPUART", "UART"), "GPIO": ("GPIO", "P0", "P1"), "UART": ("UART",), "UART0": ("UART0",)}
_DEFINE = re.compile(r"^#define ([A-Z]\w*) (.+)$", re.MULTILINE)
_REGISTER = re.compile(r"^TC_REGISTER\((.*)\)$")


def declarations(name: str) -> tuple[dict[str, int], dict[str, int]]:
    """Return addresses by register and masks by field, as the board's sources declare them."""
    board = targets.boards()[name]
    defines = dict(board.defines)
    for text in sources.board(board).values():
        defines.update({key: value.split("/*")[0].strip() for key, value in _DEFINE.findall(text)})

    def value(text: str) -> int:
        known = re.sub(r"\b[A-Z_]\w*\b", lambda m: f"({value(defines[m[0]])})", text)
        return int(eval(re.sub(r"\b(0x[0-9a-f]+|\d+)u\b", r"\1", known), {"__builtins__": {}}))

    addresses = {key: value(m[1]) for key, text in defines.items()
                 if not key.startswith("TC_") and (m := _REGISTER.match(text))}
    masks = {key: value(text) for key, text in defines.items()
             if key not in addresses and any(key.startswith(f"{register}_") for register in addresses)}
    return addresses, masks


def plain(name: str) -> str:
    """Return a name without what makers write differently."""
    return re.sub(r"[^A-Z0-9]", "", name.upper())


def names(register: svd.Register) -> set[str]:
    """Return what we may call a register: PERIPHERAL_REGISTER, the peripheral also without its number."""
    ours = {register.peripheral.upper()}
    ours |= {alias for alias, theirs in ALIASES.items() if register.peripheral.upper().startswith(theirs)}
    return {plain(f"{peripheral}{register.name}") for peripheral in ours}


def find(chip: svd.Chip, name: str, address: int) -> svd.Register | None:
    """Return the register of this name at this address."""
    return next((r for r in chip.get(address, ()) if plain(name) in names(r)), None)


def check(board: str, chip: svd.Chip, skipped: set[str], partial: bool = False) -> int:
    """Compare the board's declarations with a chip; return how many were compared. ``partial``: absent ones are not."""
    addresses, masks = declarations(board)
    compared = 0
    for name, address in addresses.items():
        if address >= CORE or name in skipped:
            continue
        register = find(chip, name, address)
        if register is None and partial:
            continue
        there = [f"{r.peripheral}.{r.name}" for r in chip.get(address, ())]
        assert register is not None, f"{name} = {address:#010x}: there lies {there or 'nothing'}"
        compared += 1
        for field, mask in masks.items():
            owner = max((a for a in addresses if field.startswith(f"{a}_")), key=len)
            if owner != name or field in skipped:
                continue
            theirs = register.mask(field[len(name) + 1 :])
            if theirs is None and partial:
                continue
            assert theirs == mask, f"{field} = {mask:#x}, the chip's file has {theirs} of {sorted(register.fields)}"
            compared += 1
    return compared


@pytest.mark.parametrize("board", sorted(SVD))
def test_registers_are_those_of_the_svd_file(board: str) -> None:
    if svd.archive() is None:
        pytest.skip("pyOCD, which brings the SVD files, is not installed")
    assert check(board, svd.from_svd(SVD[board]), ELSEWHERE.get(board, set())) >= 12


@pytest.mark.parametrize("board", sorted(FACTS))
def test_registers_are_those_of_the_facts(board: str) -> None:
    partial = board in SVD
    compared = check(board, svd.from_facts(FACTS[board]), set(), partial)
    assert compared >= (len(ELSEWHERE[board]) if partial else 20)


#: What makers call the register that tells the chip.
IDENTITY = {"idcode", "dbgmcuidcode", "part", "infopart"}


@pytest.mark.parametrize("board", sorted(SVD))
def test_the_register_that_tells_the_chip_is_that_of_the_svd_file(board: str) -> None:
    flash = targets.boards()[board].flash
    assert flash is not None
    if svd.archive() is None:
        pytest.skip("pyOCD, which brings the SVD files, is not installed")
    if flash.chip is None:
        assert board == "microbit-v1", "whose chip has no such register"
        return
    there = svd.from_svd(SVD[board]).get(flash.chip.address, [])
    (register,) = (r for r in there if plain(r.name).lower() in IDENTITY)
    assert not flash.chip.mask & ~register.fields.get("DEV_ID", 0xFFFFFFFF)


def test_every_board_with_registers_is_described() -> None:
    ours = {name for name, board in targets.boards().items() if declarations(name)[0] and board.uf2_family}
    boards = {name for name in targets.boards() if any(a < CORE for a in declarations(name)[0].values())}
    assert boards | ours == {*SVD, *FACTS}


def test_a_wrong_address_and_a_wrong_bit_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    chip = svd.from_facts("stm32g0.toml")
    addresses, masks = declarations("nucleo-g0b1re")
    module = "tests.targets.test_registers.declarations"
    monkeypatch.setattr(module, lambda _: ({**addresses, "RCC_CFGR": addresses["RCC_CFGR"] + 4}, masks))
    with pytest.raises(AssertionError, match="RCC_CFGR"):
        check("nucleo-g0b1re", chip, set())
    monkeypatch.setattr(module, lambda _: (addresses, {**masks, "RCC_CR_PLLON": 1 << 23}))
    with pytest.raises(AssertionError, match="RCC_CR_PLLON"):
        check("nucleo-g0b1re", chip, set())
