"""What every format of findings is made from: a reporter that is given one report after the other.

A reporter holds no findings: it goes through those of a report, which may wait in a temporary
file, and yields what is to be written. So several formats come of one run.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from edi_lint.findings import Severity
from edi_lint.findings.masking import Phi
from edi_lint.findings.report import Report
from edi_lint.reporters.tally import Tally

if TYPE_CHECKING:
    from edi_lint.settings.hidden import Hidden


class Asked(NamedTuple):
    """What a format is asked for, and what is known of the run as a whole.

    `tally` counts the reports that have been passed on; `hidden` is None where the settings
    hide nothing. `fail_on` is the mildest severity that makes the run fail, None where no
    finding does. `links` says whether names of files and codes of rules are hyperlinks. `width`
    is the terminal's, in characters; 0 where there is none, and nothing is wrapped. `paths` are
    those of the command line, `choices` its options that other commands have too, with their
    values: what a command has to name to find the same. `is_part` says that only some claims were
    asked for.
    """

    phi: Phi
    tally: Tally
    hidden: Hidden | None = None
    fail_on: Severity | None = Severity.ERROR
    statistics: bool = False
    quiet: bool = False
    colour: bool = False
    links: bool = False
    width: int = 0
    paths: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    is_part: bool = False

    def fails(self, severity: Severity) -> bool:
        """Whether a finding of this severity makes the run fail."""
        return self.fail_on is not None and severity.rank <= self.fail_on.rank


class Reporter(ABC):
    """A format of findings. Everything is yielded in pieces, to be written in their order."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked

    def begin(self) -> Iterator[bytes]:
        """What comes before all reports."""
        yield from ()

    @abstractmethod
    def add(self, report: Report) -> Iterator[bytes]:
        """The findings of one input, and where it could not be read that."""

    def end(self) -> Iterator[bytes]:
        """What stands after all reports; by now `tally` knows them all."""
        yield from ()
