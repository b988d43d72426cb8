"""reshape: an alias; the reference keeps the order of the elements and the batch."""

from __future__ import annotations

import pytest

from tests.ops._copies import check
from tests.ops.harness import activation
from toolchain.errors import ModelError
from toolchain.ops import get
from toolchain.ops.reshape import ReshapeAttributes


@pytest.mark.parametrize("shape", [(1, 24), (1, 2, 12), (1, 4, 3, 2)])
def test_reference_equals_the_float_reshape(shape):
    assert check("reshape", ReshapeAttributes(shape), [(1, 2, 3, 4)], seed=1, batch=3).shape == (3, *shape[1:])


def test_it_has_no_kernel():
    assert get("reshape").alias and not get("reshape").kernels


def test_another_number_of_elements_is_refused():
    with pytest.raises(ModelError, match="number of elements"):
        get("reshape").infer(ReshapeAttributes((1, 25)), [activation("x", (1, 2, 3, 4))])
