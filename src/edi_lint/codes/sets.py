"""What transaction sets are called: those that a claims folder may hold beside the 837P."""

from __future__ import annotations

_BY_KIND = {"837I": "institutional claims, 837I", "837D": "dental claims, 837D"}
_BY_GUIDE = {
    ("277", "X212"): "claim status response",
    ("277", "X213"): "request for additional information",
    ("277", "X214"): "claim acknowledgment, 277CA",
    ("277", "X364"): "claim acknowledgment, 277CA",
    ("277", "X228"): "pending claims",
    ("837", "X223"): "institutional claims, 837I",
    ("837", "X096"): "institutional claims, 837I",
    ("837", "X224"): "dental claims, 837D",
    ("837", "X097"): "dental claims, 837D",
    ("837", "X298"): "post-adjudicated professional claims",
    ("837", "X299"): "post-adjudicated institutional claims",
    ("837", "X300"): "post-adjudicated dental claims",
}
_BY_TYPE = {
    "269": "benefit coordination",
    "270": "eligibility inquiry",
    "271": "eligibility response",
    "275": "patient information",
    "276": "claim status request",
    "277": "claim status or acknowledgment",
    "278": "services review",
    "820": "premium payment",
    "824": "application advice",
    "834": "enrollment",
    "835": "claim payment, remittance advice",
    "837": "claims that are not professional",
    "864": "text message",
    "997": "functional acknowledgment",
    "999": "implementation acknowledgment",
}
_GUIDE_AT = 6
"""A guide's name is the version, six digits, and what tells the guides of a version apart."""


def set_name(type_: str, guide: str, kind: str = "") -> str:
    """What sets with this ST01 and this guide (ST03 or GS08) are; empty where we do not know.

    `kind` is what their segments say: 837I and 837D go before any label.
    """
    return (
        _BY_KIND.get(kind)
        or _BY_GUIDE.get((type_, guide[_GUIDE_AT : _GUIDE_AT + 4]))
        or _BY_TYPE.get(type_, "")
    )
