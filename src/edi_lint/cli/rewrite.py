"""`edi-lint rewrite`: claims through a Jinja template into a new valid 837P."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edi_lint.cli.inputs import STANDARD_INPUT, collect_garbage
from edi_lint.cli.options import Config, Output, PhiOption, override, settings_file
from edi_lint.cli.output import Failure, destination, same_file
from edi_lint.cli.words import count, counts, shown
from edi_lint.findings import Finding, Severity
from edi_lint.privacy import Phi

MOST_SHOWN = 10

if TYPE_CHECKING:
    from edi_lint.transform.rewrite import Rewriting


def rewrite(
    file: Annotated[str, typer.Argument(help="The 837P file; - is standard input.")],
    template: Annotated[
        str, typer.Option(help="A shipped template by name, or your own by path.")
    ] = "replacement",
    data: Annotated[
        Path | None,
        typer.Option(
            help="Fields by claim: CSV with a column claim, or a JSON or YAML object of claims."
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A field for a single claim."),
    ] = None,
    claims: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID,…", help="Only these claims, by CLM01 or ST02/n (n-th claim of a set)."
        ),
    ] = None,
    output: Output = None,
    log: Annotated[
        Path | None,
        typer.Option(help="Write what was changed, a JSON object a line for each claim."),
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Write the result although it lints worse or lines are dropped."
        ),
    ] = False,
    phi: PhiOption = None,
    config: Config = None,
) -> None:
    """Rewrite claims through a template; all other bytes stay as they are.

    The whole file is written, with segment counts right, and only if it does not lint worse than
    before. Without --claims every claim is rewritten, and --data must have all of them.

    Exit status: 0 written, 2 refused or not possible, and then nothing is written.
    """
    from edi_lint.store import StoreError
    from edi_lint.transform.claim_data import DataProblem, read_data
    from edi_lint.transform.rewrite import RewriteError
    from edi_lint.transform.rewrite import rewrite as rewritten

    for written in filter(None, (output, log)):
        for taken in (file, template, str(data)):
            if same_file(taken, written):
                raise Failure(f"{written}: the output would overwrite an input; name another file")
    if log is not None and (log == output or (output is not None and same_file(str(log), output))):
        raise Failure(f"{log}: the change log and the result cannot be the same file")
    settings = override(settings_file(config).settings, phi=phi)
    collect_garbage()
    try:
        result = rewritten(
            sys.stdin.buffer if file == STANDARD_INPUT else file,
            template,
            read_data(data, settings.phi is not Phi.NONE) if data else None,
            claims=_names(claims),
            values=_values(set_),
            settings=settings,
            log=log is not None,
        )
        if result.is_worse and not force:
            raise Failure(_worse(result, settings.phi))
        with destination(log) if log else nullcontext() as entries:
            with destination(output) as stream:
                stream.writelines(result.chunks())
            if entries is not None:
                entries.writelines(json.dumps(e).encode() + b"\n" for e in result.log)
    except (RewriteError, DataProblem, StoreError) as problem:
        raise Failure(str(problem)) from None
    print(_summary(result, settings.phi), file=sys.stderr)


def _names(given: list[str] | None) -> list[str]:
    names = [name.strip() for part in given or [] for name in part.split(",")]
    names = [name for name in names if name]
    if given and not names:
        raise Failure("--claims names no claim")
    return names


def _values(given: list[str] | None) -> dict[str, str]:
    values: dict[str, str] = {}
    for part in given or []:
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or not name:
            raise Failure("--set takes NAME=VALUE, such as payer_claim_control_number=2614077003")
        if not value.strip():
            raise Failure(f"--set {name}: there is no value")
        if name in values:
            raise Failure(f"--set {name}: given twice")
        values[name] = value
    return values


def _summary(result: Rewriting, phi: Phi) -> str:
    """What was done, in a line, and what to look at."""
    same = result.selected - result.changed
    text = f"edi-lint: {count(result.changed, 'claim')} rewritten"
    if same:
        text += f", {same} already so"
    if result.recounted:
        text += f"; SE01 set in {count(result.recounted, 'transaction set')}"
    for severity, new in (("errors", result.new_errors), ("warnings", result.new_warnings)):
        if new:
            text += f"\n  {severity} that the original does not have: {counts(new)}"
    for (code, name, severity), number in sorted(result.findings.counts.items()):
        text += f"\n  {severity.value} {code} {name} ({number})"
        if severity is not severity.INFO:
            told = _told(result.findings, severity)
            text += "".join(f"\n    {shown(f, phi)}" for f in told if f.code == code)
    if result.remaining_errors:
        text += f"\n  the result has {count(result.remaining_errors, 'error')}: edi-lint check"
    return text


def _worse(result: Rewriting, phi: Phi) -> str:
    """Why the result is refused."""
    lines = []
    if result.new_errors:
        lines.append(f"new errors: {counts(result.new_errors)}")
    told = [*result.examples, *_told(result.findings, Severity.ERROR)]
    lines += [shown(finding, phi) for finding in told]
    why = "the result lints worse than the original" if result.new_errors else "of what it lost"
    head = f"refused, for {why} (--force writes it all the same)"
    return "\n  ".join([head, *lines])


def _told(findings: Iterable[Finding], severity: Severity) -> list[Finding]:
    """The first of those findings that are this bad."""
    return list(islice((f for f in findings if f.severity is severity), MOST_SHOWN))
