"""Rule packs and payer matching: what is true of a code or a payer is data, in YAML beside this."""

from edi_lint.packs.load import (
    RELATIONS,
    CommonError,
    FlowRate,
    Neighbour,
    Pack,
    PackError,
    Payers,
    Statement,
    packs,
    payers,
    read_pack,
    read_payers,
)

__all__ = [
    "RELATIONS",
    "CommonError",
    "FlowRate",
    "Neighbour",
    "Pack",
    "PackError",
    "Payers",
    "Statement",
    "packs",
    "payers",
    "read_pack",
    "read_payers",
]
