"""Days of service, for rules that look codes up: which lines must be looked at one by one.

A code that has been valid since RECENT and still is needs no look on a line from that day on: rules
are asked once for each code that occurs. Earlier lines, hardly sent any more, are all looked at.
"""

from __future__ import annotations

from datetime import date

from edi_lint.claims import ServiceLine, day
from edi_lint.engine import Shape, TextPart, Texts
from edi_lint.rules.parts import Part

RECENT = date(2024, 10, 1)
"""Moving it among the days of ICD-10-CM that are held changes no finding, only how many claims are
looked at."""

SERVICE_DAY = Texts(
    (
        TextPart("HEADER", "BHT", 4),
        TextPart("2400", "DTP", 3, qualifier="472", shape=Shape.DAY),
    )
)
"""What tells the days of service apart. BHT04 is not needed here: with it the trigger is that of
SIT009, and both cost no more than one."""


EARLY = Part("2400", "DTP", 3, qualifier="472", shape=Shape.DAY).unless(
    lambda text: not is_early(day(text))
)
"""A rule with this part is asked of every line from before RECENT."""


def is_early(day: date | None) -> bool:
    """Whether a service began before RECENT."""
    return day is not None and day < RECENT


def may_be_earlier(*texts: tuple[str, ...]) -> bool:
    """Whether the line of a trigger's texts may be one from before RECENT."""
    _, service = texts
    return "".join(service)[:8] < f"{RECENT:%Y%m%d}"


def is_earlier(line: ServiceLine) -> bool:
    """Whether the service began before RECENT."""
    return is_early(line.service_dates.first)
