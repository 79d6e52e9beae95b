"""edi-lint: a linter and transformer for X12 837P claim files.

`check` lints, `fix` mends what needs no asking, `read` gives the claims as typed objects, `rewrite`
makes a file to send again, `split` parts the claims that may be sent from those that are held,
`redact` makes a file without protected data, `report` says what is at risk in many files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from edi_lint.batch_report.report import BatchReport
    from edi_lint.claims import Claim
    from edi_lint.edits.fixing import Fixing
    from edi_lint.linting import Report
    from edi_lint.settings import Settings
    from edi_lint.transform.claim_data import Given
    from edi_lint.transform.redact import Redaction
    from edi_lint.transform.rewrite import Rewriting
    from edi_lint.transform.split import Splitting

__version__ = "0.1.0"
__all__ = ["__version__", "check", "fix", "read", "redact", "report", "rewrite", "split"]


def check(source: str | Path | bytes | BinaryIO, settings: Settings | None = None) -> Report:
    """Lint one input: a path, its bytes, or a binary stream.

    The report holds the findings in file order. An input that cannot be read, or is no X12, is
    told in `report.files[0].error` and raises nothing. Like `read` and `rewrite` it raises
    `edi_lint.engine.EngineError` where EDI_LINT_ENGINE asks for an engine that is not there,
    `edi_lint.packs.PackError` for a rule pack or payer profile of the settings that is not right.

    What the settings suppress, or have in a baseline, is not among the findings: `report.hidden`
    tells of it. Raises `edi_lint.settings.SettingsError` for a baseline that cannot be read. Where
    they name a ledger it is asked, and nothing recorded in it; raises
    `edi_lint.settings.LedgerError`.
    """
    from edi_lint.linting import Linter

    if settings is None:
        return Linter().check(source)
    if settings.ledger:
        from edi_lint.sent import check_with_ledger

        report = check_with_ledger(source, settings)
    else:
        report = Linter(settings).check(source)
    if settings.suppressions or settings.baseline:
        from edi_lint.hidden import Hidden

        hidden = Hidden(settings)
        (report,) = hidden.left([report])
        report.hidden = hidden
    return report


def fix(
    source: str | Path | bytes | BinaryIO,
    settings: Settings | None = None,
    *,
    unsafe: bool = False,
    reserve: bool = True,
) -> Fixing:
    """Apply the automatic fixes of an input; every other byte stays as it is.

    With `unsafe` the suggested ones too, which change what a claim says. `content()` of the result
    is the new file and `chunks()` the same in pieces; `applied` are the findings that were fixed,
    `left` those that the new file has. `new_errors` says what is worse in it than before, which
    should be nothing. Where the settings name a ledger, an interchange whose control number was
    sent before with other content gets the next one; without `reserve` that is not given out.
    Raises `edi_lint.edits.fixing.FixError` where nothing could be fixed, such as for an input that
    is no X12, `edi_lint.settings.LedgerError`, and PackError as `check` does.
    """
    from edi_lint.edits.fixing import fix as fixed

    return fixed(source, settings, unsafe=unsafe, reserve=reserve)


def read(source: str | Path | bytes | BinaryIO) -> Iterator[Claim]:
    """The claims of an input, one after the other; memory holds one claim at a time.

    Raises OSError for a file that cannot be read and `edi_lint.x12.NotX12Error` for an input
    without any interchange.
    """
    from edi_lint.claims import claims

    return claims(source)


def redact(
    source: str | Path | bytes | BinaryIO,
    key: str | None = None,
    settings: Settings | None = None,
    *,
    claims: Sequence[str] = (),
) -> Redaction:
    """Replace what is protected in an input by invented values; findings stay what they were.

    The same value is always replaced by the same one, in all inputs that are redacted under one
    `key`; without a key under one that nobody knows. `content()` of the result is the new file, as
    long as the input and with everything in its place; `is_same` says whether it lints the same,
    `changed` and `examples` what does not. With `claims` (CLM01, or ST02/n) it is the smallest file
    of these claims alone that shows what is found of them. Raises
    `edi_lint.transform.redact.RedactError` where nothing could be redacted, such as for an input
    that is no X12, and PackError as `check` does.
    """
    from edi_lint.transform.redact import redact as redacted

    return redacted(source, key, settings, claims=claims)


def report(
    paths: Sequence[str | Path],
    settings: Settings | None = None,
    *,
    fail_on: str | None = "error",
    previous: str | Path | None = None,
    jobs: int = 1,
) -> BatchReport:
    """Lint files, and add up claims, charges and what of them is at risk, in whole and by rule,
    payer, submitter and day of the interchange (ISA09).

    At risk are the claims that `split` would hold. `total`, `rules`, `payers`, `submitters`, `days`
    and `files` of the result have the numbers, `json()` the document of
    `schemas/batch-report.schema.json`. `previous` is the `report.json` of an earlier one, or its
    folder, which `history` goes on from. A file that cannot be read is told in its `file.error`.
    Raises `edi_lint.batch_report.report.PreviousError`, and PackError and SettingsError as `check`
    does.
    """
    from edi_lint.batch_report.pool import assess_files
    from edi_lint.batch_report.report import BatchReport, history, now
    from edi_lint.findings import Severity
    from edi_lint.settings import Settings

    threshold = Severity(fail_on) if fail_on else None
    made = BatchReport(threshold, now(), history(Path(previous)) if previous else [])
    names = [str(path) for path in paths]
    for one in assess_files(names, settings or Settings(), threshold, jobs):
        made.add(one)
    return made


def rewrite(
    source: str | Path | bytes | BinaryIO,
    template: str = "replacement",
    data: Mapping[str, Given] | None = None,
    *,
    claims: Sequence[str] = (),
    having: Sequence[str] = (),
    hcpcs: Sequence[str] = (),
    whole: bool = False,
    control_number: int | str | None = None,
    settings: Settings | None = None,
    log: bool = False,
) -> Rewriting:
    """Put claims through a Jinja template; every byte without a reason to change stays.

    `template` is a shipped one's name or a path. `data` maps a claim (CLM01, or ST02/n) to its
    fields, to several rows of fields, or to the payer's claim control number alone. `claims` (by
    name), `having` (rules of which the claim has a finding) and `hcpcs` (procedure codes of a line)
    narrow. The result is a new file of these claims, with the control numbers that the ledger of
    the settings (by default the one in the user's data folder) gives out, or counted on from
    `control_number`; with `whole` it is the whole file with these claims changed, which keeps its
    numbers unless `control_number` is a number or `next`.

    `content()` of the result is the new file; `new_errors` says what is worse in it than before,
    which should be nothing, and `findings` what the rules about rewritten claims say. With `log`
    its `log` tells what was changed. Raises `edi_lint.transform.rewrite.RewriteError`,
    `edi_lint.settings.LedgerError`, and PackError as `check` does.
    """
    from edi_lint.transform import rewrite as rewriting

    return rewriting.rewrite(
        source,
        template,
        data,
        claims=claims,
        having=having,
        hcpcs=hcpcs,
        whole=whole,
        control_number=control_number,
        settings=settings,
        log=log,
    )


def split(
    source: str | Path | bytes | BinaryIO,
    settings: Settings | None = None,
    *,
    fail_on: str | None = "error",
) -> Splitting:
    """Split an input into the claims that may be sent and those that are held.

    Held are claims with a finding as bad as `fail_on` (error, warning or info) or worse, of their
    own, of a level that they are under, or of their envelopes; None holds nothing.
    `clean_content()` and `held_content()` of the result are the two files, `whole`, `clean` and
    `held` say what is in them, `held_claims()` why. Where `is_worse` they should not be used.
    Raises `edi_lint.transform.split.SplitError` for an input that cannot be read or is no X12, and
    PackError and SettingsError as `check` does.
    """
    from edi_lint.findings import Severity
    from edi_lint.transform import split as splitting

    threshold = Severity(fail_on) if fail_on else None
    return splitting.split(source, settings, fail_on=threshold)
