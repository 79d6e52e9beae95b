"""Suppressions: findings that the settings hide, each for a reason and until a day."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from edi_lint.claims.parties import payer, submitters
from edi_lint.engine import Block
from edi_lint.findings import Finding
from edi_lint.settings import Settings, Suppression


class State(StrEnum):
    """What became of a suppression in a run.

    `not-judged` matched nothing where that says nothing: its rule was not in force, no file of
    its path was linted, or one could not be read.
    """

    MATCHED = "matched"
    UNMATCHED = "unmatched"
    EXPIRED = "expired"
    NOT_JUDGED = "not-judged"


class SuppressionOutcome(NamedTuple):
    """A suppression, how many findings it has hidden, and its state."""

    suppression: Suppression
    matched: int
    state: State

    def json(self) -> dict[str, Any]:
        """Without what it is about: that names claims."""
        return {
            "rule": self.suppression.rule,
            "reason": self.suppression.reason,
            "expires": self.suppression.expires.isoformat(),
            "matched": self.matched,
            "state": self.state.value,
        }


class Suppressor:
    """Takes away what the suppressions of the settings hide; the first that matches has hidden it.

    What they look at beyond the finding is read from the file only where the rest applies.
    """

    def __init__(self, settings: Settings) -> None:
        today = settings.today()
        in_force = enumerate(settings.suppressions)
        self._in_force = [(n, s) for n, s in in_force if s.expires >= today]
        self._root = settings.root
        self._path = ""
        self._of_path: list[tuple[int, Suppression]] = []
        self._claims: dict[tuple[str, str], bool] = {}

    def drop(
        self, found: list[Finding], block: Block, path: str, hidden: dict[int, int]
    ) -> list[Finding]:
        """The findings of a block that stay; those that do not are counted in `hidden`.

        `path` is of the file; `hidden` counts by the suppression's index in the settings.
        """
        if path != self._path:
            self._path = path
            self._of_path = [
                (n, s) for n, s in self._in_force if is_of_path(s.path, path, self._root)
            ]
        visible = []
        for finding in found:
            number = next((n for n, s in self._of_path if self._hides(s, finding, block)), None)
            if number is None:
                visible.append(finding)
            else:
                hidden[number] = hidden.get(number, 0) + 1
        return visible

    def _hides(self, one: Suppression, finding: Finding, block: Block) -> bool:
        claim = finding.location.claim
        return (
            finding.code.startswith(one.rule)
            and (not one.claim or one.claim == claim)
            and (not one.claim_fingerprint or self._is_claim(one.claim_fingerprint, claim))
            and (not one.submitter or one.submitter in submitters(block))
            and (not one.payer or one.payer == _payer_id(block))
        )

    def _is_claim(self, made: str, claim: str) -> bool:
        """Remembers the claim of the last findings: a claim's come one after the other."""
        if not claim:
            return False
        known = self._claims.get((made, claim))
        if known is None:
            from edi_lint.findings.fingerprints import is_of_claim

            if any(other != claim for _, other in self._claims):
                self._claims.clear()
            known = self._claims[made, claim] = is_of_claim(made, claim)
        return known


def is_of_path(pattern: str, path: str, root: Path | None) -> bool:
    """Whether a pattern is for a file, as seen from the folder `root` (None: the current one)."""
    if not pattern:
        return True
    try:
        seen = os.path.relpath(path, root or os.curdir)
    except ValueError:  # on another drive
        seen = path
    return fnmatchcase(seen.replace(os.sep, "/"), pattern)


def outcomes(
    suppressions: Sequence[Suppression], hidden: dict[int, int], judged: Sequence[bool], today: date
) -> list[SuppressionOutcome]:
    """What became of each; `judged` says whether it could have matched anything in the run."""
    found = []
    for number, one in enumerate(suppressions):
        matched = hidden.get(number, 0)
        if one.expires < today:
            state = State.EXPIRED
        elif matched:
            state = State.MATCHED
        else:
            state = State.UNMATCHED if judged[number] else State.NOT_JUDGED
        found.append(SuppressionOutcome(one, matched, state))
    return found


def _payer_id(block: Block) -> str:
    nm1 = payer(block)
    return nm1.value(9) if nm1 else ""
