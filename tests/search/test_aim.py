"""The aim of the programme: where the model of cost errs by turns, what fits is found all the same."""

from __future__ import annotations

import pytest

from toolchain.search.aim import Aim


def rounds(code: int, smallest: float, count: int = 9) -> list[float]:
    """Return exact costs of candidates for a limit of 1000; each second step of 30 brings ``code`` unforeseen bytes."""
    aim, found = Aim(1000.0), list[float]()
    for _ in range(count):
        if aim.value < smallest:
            aim.hear_nothing()
            continue
        predicted = 30 * (aim.value // 30)
        found.append(predicted + (code if predicted // 30 % 2 else 0))
        aim.hear(found[-1], predicted)
    return found


@pytest.mark.parametrize("code", [0, 50, 200, 400])
@pytest.mark.parametrize("smallest", [100.0, 800.0])
def test_a_candidate_that_fits_is_found_near_the_limit(code: int, smallest: float) -> None:
    fitting = [x for x in rounds(code, smallest) if x <= 1000]
    assert fitting and max(fitting) >= 880


def test_an_error_that_stays_is_made_up_for_at_once() -> None:
    aim = Aim(1000.0)
    aim.hear(1100.0, 990.0)
    assert aim.value == 890.0
