"""Puts one fault into a claim: the kinds that receivers see, each in a claim that was clean."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

Fault = Callable[[list[str], Random], bool]
"""Changes the segments of one claim; false where the claim has nothing that it could spoil."""


def spoil(segments: list[str], rng: Random) -> None:
    """Put one fault of a random kind into a claim's segments (delimiters *:~)."""
    while not rng.choice(FAULTS)(segments, rng):
        pass


def _element(segments: list[str], start: str, element: int, value: str, rng: Random) -> bool:
    """Set an element of a random one of the segments that begin so."""
    places = [n for n, segment in enumerate(segments) if segment.startswith(start)]
    if not places:
        return False
    at = rng.choice(places)
    parts = segments[at].split("*")
    parts[element] = value
    segments[at] = "*".join(parts)
    return True


def _npi_check_digit(segments: list[str], rng: Random) -> bool:
    places = [n for n, s in enumerate(segments) if s.startswith("NM1*") and "*XX*" in s]
    if not places:
        return False
    at = rng.choice(places)
    segments[at] = segments[at][:-1] + str((int(segments[at][-1]) + 1) % 10)
    return True


def _total(segments: list[str], rng: Random) -> bool:
    total = float(segments[0].split("*")[2])
    return _element(segments, "CLM*", 2, f"{total + 10:g}" if total < 10**5 else "1", rng)


def _pointer(segments: list[str], rng: Random) -> bool:
    return _element(segments, "SV1*", 7, "1:12", rng)


def _duplicate_modifier(segments: list[str], rng: Random) -> bool:
    return _element(segments, "SV1*", 1, "HC:A4452:SC:SC", rng)


def _lower_case(segments: list[str], rng: Random) -> bool:
    return _element(segments, "SV1*", 1, "HC:a4649", rng)


def _missing_element(segments: list[str], rng: Random) -> bool:
    return _element(segments, "CLM*", 6, "", rng)


def _place_of_service(segments: list[str], rng: Random) -> bool:
    return _element(segments, "CLM*", 5, "98:B:1", rng)


def _diagnosis(segments: list[str], rng: Random) -> bool:
    return _element(segments, "HI*", 1, "ABK:X9ZZ", rng)


def _too_long(segments: list[str], rng: Random) -> bool:
    return _element(segments, "SV1*", 4, "1234567890123456", rng)


def _date(segments: list[str], rng: Random) -> bool:
    return _element(segments, "DTP*472*D8", 3, "20260231", rng)


def _reversed_range(segments: list[str], rng: Random) -> bool:
    return _element(segments, "DTP*472*RD8", 3, "20260109-20260105", rng)


def _no_original_reference(segments: list[str], rng: Random) -> bool:
    if any(s.startswith("REF*F8*") for s in segments):
        return False
    place = segments[0].split("*")[5][:2]
    return _element(segments, "CLM*", 5, f"{place}:B:7", rng)


def _missing_segment(segments: list[str], rng: Random) -> bool:
    places = [n for n, s in enumerate(segments) if s.startswith(("HI*", "SV1*", "DTP*472*"))]
    del segments[rng.choice(places)]
    return True


def _extra_segment(segments: list[str], rng: Random) -> bool:
    segments.insert(rng.randrange(1, len(segments)), "XYZ*1")
    return True


FAULTS: tuple[Fault, ...] = (
    _npi_check_digit,
    _total,
    _pointer,
    _duplicate_modifier,
    _lower_case,
    _missing_element,
    _place_of_service,
    _diagnosis,
    _too_long,
    _date,
    _reversed_range,
    _no_original_reference,
    _missing_segment,
    _extra_segment,
)
