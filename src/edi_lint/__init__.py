"""edi-lint: a linter and transformer for X12 837P claim files.

`check` lints, `fix` mends what needs no asking, `read` gives the claims as typed objects, `rewrite`
makes a file to send again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from edi_lint.claims import Claim
    from edi_lint.edits.fixing import Fixing
    from edi_lint.linting import Report
    from edi_lint.settings import Settings
    from edi_lint.transform.claim_data import Given
    from edi_lint.transform.rewrite import Rewriting

__version__ = "0.1.0"
__all__ = ["__version__", "check", "fix", "read", "rewrite"]


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
    source: str | Path | bytes | BinaryIO, settings: Settings | None = None, *, unsafe: bool = False
) -> Fixing:
    """Apply the automatic fixes of an input; every other byte stays as it is.

    With `unsafe` the suggested ones too, which change what a claim says. `content()` of the result
    is the new file and `chunks()` the same in pieces; `applied` are the findings that were fixed,
    `left` those that the new file has. `new_errors` says what is worse in it than before, which
    should be nothing. Raises `edi_lint.edits.fixing.FixError` where nothing could be fixed, such as
    for an input that is no X12, and PackError as `check` does.
    """
    from edi_lint.edits.fixing import fix as fixed

    return fixed(source, settings, unsafe=unsafe)


def read(source: str | Path | bytes | BinaryIO) -> Iterator[Claim]:
    """The claims of an input, one after the other; memory holds one claim at a time.

    Raises OSError for a file that cannot be read and `edi_lint.x12.NotX12Error` for an input
    without any interchange.
    """
    from edi_lint.claims import claims

    return claims(source)


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
    fields, to a list of such rows, or to the payer's claim control number alone. `claims` are
    names, `having` rules of which a claim has a finding, `hcpcs` procedure codes of which it has a
    line; each narrows. The result is a new file of those claims, or the whole file with `whole`;
    `control_number` is its ISA13, `next` the ledger's next one, which a new file has without it.
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
