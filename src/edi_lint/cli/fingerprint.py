"""`edi-lint fingerprint`: what stands for a claim number in settings that are shared."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from edi_lint.cli.inputs import STANDARD_INPUT
from edi_lint.cli.output import Failure, write


def fingerprint(
    claims: Annotated[
        list[str],
        typer.Argument(
            metavar="CLAIM…", help="Claim numbers (CLM01); - reads them from standard input."
        ),
    ],
) -> None:
    """Print claim numbers as fingerprints for suppressions.

    A fingerprint is keyed, and differs each time. Whoever has it can test guesses of the claim
    number.

    Exit status: 0 printed, 2 when there is nothing to print.

    \b
    Examples:
      edi-lint fingerprint HI-26-0612
      cut -d, -f1 claims.csv | edi-lint fingerprint -
    """
    from edi_lint.findings.fingerprints import claim_fingerprint

    numbers = [n.strip() for given in claims for n in _numbers(given)]
    if not all(numbers):
        raise Failure("a claim number is empty")
    write(
        "".join(f'claim-fingerprint = "{claim_fingerprint(n)}"\n' for n in numbers).encode(), None
    )


def _numbers(given: str) -> list[str]:
    """One number, or those of standard input, one a line."""
    if given != STANDARD_INPUT:
        return [given]
    return [line for line in sys.stdin.read().splitlines() if line.strip()]
