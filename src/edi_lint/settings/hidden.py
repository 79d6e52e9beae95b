"""What the settings keep out of the findings of a run: hides it, counts it, and tells of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from edi_lint.findings import Finding
from edi_lint.findings.file_result import FileResult
from edi_lint.findings.masking import printable
from edi_lint.findings.report import Report
from edi_lint.settings import Settings
from edi_lint.settings.baseline import Baseline
from edi_lint.settings.suppressions import State, SuppressionOutcome, is_of_path, outcomes


class Hidden:
    """Follows the suppressions and the baseline of the settings through the reports of a run.

    Raises BaselineError for a baseline that cannot be read.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._today = settings.today()
        path = settings.baseline
        self._baseline = Baseline.read(path, self._today) if path else None
        self._suppressed: Counter[int] = Counter()
        self._met = [False] * len(settings.suppressions)
        self._unread = False
        self._files = 0

    def drop(self, reports: Iterable[Report]) -> Iterator[Report]:
        """The same reports without what the baseline has; what was suppressed is counted."""
        for report in reports:
            self.count(report.file)
            yield self._baseline.drop(report) if self._baseline else report

    def accepts(self, finding: Finding) -> bool:
        """Whether the baseline has the finding, and then has it no more."""
        return self._baseline is not None and self._baseline.takes(finding)

    def summary(self) -> dict[str, int]:
        """How many findings were hidden, by what hid them."""
        counts = {}
        if self._settings.suppressions:
            counts["suppressed"] = self._suppressed.total()
        if self._baseline:
            counts["accepted"] = self._baseline.accepted
        return counts

    def json(self) -> dict[str, Any]:
        """What the findings document says beside its summary."""
        document: dict[str, Any] = {}
        if self._settings.suppressions:
            document["suppressions"] = [o.json() for o in self.outcomes()]
        if self._baseline:
            document["baseline"] = {
                "path": str(self._settings.baseline),
                "accepted": self._baseline.accepted,
                "stale": self._stale(),
                "expired": self._baseline.expired,
            }
            if self._baseline.expires:
                document["baseline"]["expires"] = self._baseline.expires.isoformat()
        return document

    def outcomes(self) -> list[SuppressionOutcome]:
        """What has become of each suppression."""
        judged = [
            met and not self._unread and self._is_in_force(one.rule)
            for met, one in zip(self._met, self._settings.suppressions, strict=True)
        ]
        suppressions = self._settings.suppressions
        return outcomes(suppressions, self._suppressed, judged, self._today)

    def lines(self, source: str, quiet: bool = False) -> Iterator[str]:
        """Lines for people; with `quiet` only what has expired, and so hides nothing any more.

        `source` is what they call the settings.
        """
        if not quiet:
            yield from self._counts()
        for number, outcome in enumerate(self.outcomes(), 1):
            name = f"{source}: suppression {number} ({_words(outcome)})"
            if outcome.state is State.EXPIRED:
                yield (
                    f"warning: {name} expired on {outcome.suppression.expires} and hides nothing "
                    "any more; fix what it hid and remove it, or give it a later date"
                )
            elif outcome.state is State.UNMATCHED and not quiet:
                yield (
                    f"warning: {name} matched nothing in the {_many(self._files, 'file')} of this "
                    "run; remove it, unless it is for others (a path says for which)"
                )
        yield from self._of_baseline(quiet)

    def _counts(self) -> Iterator[str]:
        words = {"suppressed": "suppressed", "accepted": f"in {self._settings.baseline}"}
        counts = [f"{n} {words[name]}" for name, n in self.summary().items() if n]
        if counts:
            yield f"findings not shown: {', '.join(counts)}"

    def _of_baseline(self, quiet: bool) -> Iterator[str]:
        baseline = self._baseline
        if baseline is None:
            return
        path = self._settings.baseline
        renew = f"edi-lint check PATHS --write-baseline {path}"
        if baseline.expired:
            yield (
                f"warning: {path}: expired on {baseline.expires} and hides nothing any more; "
                f"fix what it lists, or renew it: {renew}"
            )
        elif (stale := self._stale()) and not quiet:
            yield (
                f"warning: {path}: {_many(stale, 'finding')} of it not found again; if every "
                f"file it was made of was linted, renew it: {renew}"
            )

    def count(self, file: FileResult) -> None:
        """An input was linted, and this is what was read and suppressed of it."""
        self._files += 1
        self._unread = self._unread or bool(file.error)
        self._suppressed.update(file.suppressed)
        for number, one in enumerate(self._settings.suppressions):
            if not self._met[number]:
                self._met[number] = is_of_path(one.path, file.path, self._settings.root)

    def _stale(self) -> int:
        if self._baseline is None or self._baseline.expired or self._unread:
            return 0
        wants = self._settings.wants
        rules = self._settings.catalogue()
        return self._baseline.stale({r.code for r in rules if not wants(r.code, r.level)})

    def _is_in_force(self, code: str) -> bool:
        """Whether a rule of this code, or of one that begins so, was asked in this run."""
        wants = self._settings.wants
        return any(
            r.code.startswith(code) and wants(r.code, r.level) for r in self._settings.catalogue()
        )


def hidden_by(settings: Settings) -> Hidden | None:
    """What the settings hide; None where that is nothing. Raises BaselineError."""
    return Hidden(settings) if settings.suppressions or settings.baseline else None


def _words(outcome: SuppressionOutcome) -> str:
    return printable(f"{outcome.suppression.rule}, {outcome.suppression.reason}")


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
