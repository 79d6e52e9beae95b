"""Amounts of money as a page shows them."""

from __future__ import annotations

from decimal import Decimal


def dollars(amount: Decimal) -> str:
    """An amount with its currency: $1,723.00. Amounts of an 837P are US dollars."""
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"
