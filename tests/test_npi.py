"""The check of provider identifiers, by itself."""

import pytest

from edi_lint.codes.npi import npi_fault


# Numbers of CMS's own explanation of the check digit, and of the fixtures.
@pytest.mark.parametrize("npi", ["1234567893", "1002456386", "1002167124", "1001299324"])
def test_a_number_that_checks_is_good(npi: str) -> None:
    assert npi_fault(npi) is None


def test_a_number_may_begin_with_2() -> None:
    assert [d for d in range(10) if npi_fault(f"200000000{d}") is None] == [2]


@pytest.mark.parametrize("position", range(10))
def test_one_wrong_digit_is_seen(position: int) -> None:
    good = "1234567893"
    for digit in set("0123456789") - {good[position]}:
        assert npi_fault(good[:position] + digit + good[position + 1 :]) is not None


@pytest.mark.parametrize("position", range(9))
def test_two_neighbours_changed_about_are_seen(position: int) -> None:
    # The Luhn sum misses 09 for 90 alone; this number has neither.
    good = "1234567893"
    swapped = good[:position] + good[position + 1] + good[position] + good[position + 2 :]
    assert npi_fault(swapped) is not None


@pytest.mark.parametrize(
    ("npi", "words"),
    [
        ("", "has 0 characters"),
        ("123456789", "has 9 characters"),
        ("12345678930", "has 11 characters"),
        ("123456789X", "other than digits"),
        ("123456789³", "other than digits"),
        ("9234567893", "begins with 9"),
        ("0234567893", "begins with 0"),
        ("1234567890", "check digit"),
    ],
)
def test_the_fault_is_named(npi: str, words: str) -> None:
    fault = npi_fault(npi)
    assert fault is not None
    assert words in fault
