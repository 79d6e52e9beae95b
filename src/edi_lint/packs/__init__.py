"""Rule packs and payer profiles: what is true of a code or a payer is data, in YAML beside this."""

from edi_lint.packs.load import (
    RELATIONS,
    CommonError,
    FlowRateLimit,
    Neighbour,
    Pack,
    PackError,
    Statement,
    packs,
    profiles,
)
from edi_lint.packs.profiles import Profile, Profiles

__all__ = [
    "RELATIONS",
    "CommonError",
    "FlowRateLimit",
    "Neighbour",
    "Pack",
    "PackError",
    "Profile",
    "Profiles",
    "Statement",
    "packs",
    "profiles",
]
