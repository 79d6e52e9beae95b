"""One report about the held claims of several files: as text, CSV or JSON, file after file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from edi_lint.claims.money import dollars
from edi_lint.findings.masking import Phi, printable
from edi_lint.findings.report import document_head
from edi_lint.reporters import held_csv, held_json, held_text
from edi_lint.reporters.json_text import json_text
from edi_lint.reporters.words import count
from edi_lint.rules.catalogue import fault_of
from edi_lint.transform.split import Splitting, money


class HeldBatch:
    """Adds up the files as they are split. `ending` is that of the report's name: .json, .csv, or
    any other for text. Everything is yielded in pieces, to be written in their order.
    """

    def __init__(self, ending: str, phi: Phi) -> None:
        self._ending, self._phi = ending.lower(), phi
        self.files = self.claims = self.held = 0
        self.charges = self.charges_held = Decimal(0)
        self.rules: Counter[tuple[str, str]] = Counter()
        self._not_split: list[tuple[str, str]] = []

    def begin(self) -> Iterator[str]:
        if self._ending == ".csv":
            yield held_csv.header()
        elif self._ending == ".json":
            yield json_text(document_head(), indent=1).removesuffix("\n}") + ',\n "files": ['

    def add(self, splitting: Splitting) -> Iterator[str]:
        """The report about a file."""
        if self._ending == ".csv":
            yield from held_csv.rows(splitting, self._phi)
        elif self._ending == ".json":
            yield ",\n" if self.files else "\n"
            yield from held_json.render(splitting, self._phi)
        else:
            yield from held_text.render(splitting, self._phi)
            yield "\n"
        self.files += 1
        self.claims += splitting.whole.claims
        self.held += splitting.held.claims
        self.charges += splitting.whole.charges
        self.charges_held += splitting.held.charges
        self.rules.update({(r.code, r.name): r.claims for r in splitting.rules()})

    def fail(self, path: str, reason: str) -> None:
        """A file that was not split."""
        self._not_split.append((path, reason))

    @property
    def failed(self) -> int:
        """How many files were not split."""
        return len(self._not_split)

    def end(self) -> Iterator[str]:
        if self._ending == ".json":
            rest = {
                "not_split": [{"path": p, "reason": printable(r)} for p, r in self._not_split],
                "total": {
                    "files": self.files,
                    "claims": self.claims,
                    "held_claims": self.held,
                    "charges": money(self.charges),
                    "held_charges": money(self.charges_held),
                },
            }
            yield "],\n" + json_text(rest, indent=1).removeprefix("{\n") + "\n"
        elif self._ending != ".csv":
            for path, reason in self._not_split:
                yield f"{printable(path)}: not split: {printable(reason)}\n"
            yield "".join(f"{line}\n" for line in self.total())

    def total(self) -> list[str]:
        """All files together, in words."""
        lines = [
            f"{count(self.files, 'file')}: {self.held} of {count(self.claims, 'claim')} held, "
            f"{dollars(self.charges_held)} of {dollars(self.charges)}"
        ]
        rules = sorted(self.rules.items())
        return lines + [
            f"{code} {fault_of(code, name)} ({count(n, 'claim')})" for (code, name), n in rules
        ]
