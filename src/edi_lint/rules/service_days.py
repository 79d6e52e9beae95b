"""Days of service, for rules that look codes up."""

from __future__ import annotations

from datetime import date

RECENT = date(2024, 10, 1)
"""Where the user loaded releases of HCPCS, lines from before it are looked at one by one, as one
release may contradict another. Moving it changes no finding, only how many claims are looked at."""


def is_early(day: date | None) -> bool:
    """Whether a service began before RECENT."""
    return day is not None and day < RECENT
