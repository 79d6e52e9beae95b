"""Rule packs and payer matching: what is true of a code or a payer is data, in YAML beside this."""

from edi_lint.packs.load import Pack, Payers, packs, payers

__all__ = ["Pack", "Payers", "packs", "payers"]
