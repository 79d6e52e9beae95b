"""What the user asked for, the same for every command and for the Python interface."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from edi_lint.privacy import Phi


@dataclass(frozen=True, slots=True)
class Settings:
    """`select` and `ignore` hold rule codes or their beginnings (MOD, MOD005); an empty `select`
    is every rule. `level` is the highest SNIP level (1 to 7) that is checked.

    `profile` is the payer profile that every claim is judged by, its name or its file; empty: the
    one that each claim matches. `profiles` and `packs` are files of the user's, which stand
    before those that ship.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    level: int = 7
    phi: Phi = Phi.IDS
    as_of: date | None = None
    """The day against which dates are judged; None: the day each transaction set was made."""
    profile: str = ""
    profiles: tuple[Path, ...] = ()
    packs: tuple[Path, ...] = ()

    def wants(self, code: str, level: int) -> bool:
        """Whether a rule is in force. The longer, more particular choice wins."""
        if level > self.level:
            return False
        chosen = max((len(s) for s in self.select if code.startswith(s)), default=0)
        ignored = max((len(i) for i in self.ignore if code.startswith(i)), default=0)
        if self.select and not chosen:
            return False
        return ignored == 0 or chosen > ignored
