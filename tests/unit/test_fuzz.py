"""The first cases of `make fuzz`; a case that does harm is run again by its number."""

import pytest

from tests.fuzz.checks import faults_of

#: Cases of one test, so that it stays within the limit of time of a test.
MANY = 100


@pytest.mark.parametrize("block", range(10))
def test_a_bad_page_does_no_harm(block: int) -> None:
    faults = {number: faults_of(number) for number in range(block * MANY, (block + 1) * MANY)}

    assert not {number: found for number, found in faults.items() if found}
