"""The report about held claims as text for people."""

from __future__ import annotations

from collections.abc import Iterator

from edi_lint.claims.money import dollars
from edi_lint.findings.masking import Phi, printable
from edi_lint.rules.catalogue import fault_of
from edi_lint.transform.affected import Scope
from edi_lint.transform.split import HeldClaim, Reason, RuleTotal, SplitPart, Splitting

_HEADINGS = ("", "claims", "service lines", "charges", "transaction sets")


def render(splitting: Splitting, phi: Phi) -> Iterator[str]:
    """What went where and that it adds up, then the rules, then claim by claim the reasons."""
    whole, held = splitting.whole, splitting.held
    yield f"{printable(splitting.name)}: {held.claims} of {whole.claims} claims held\n\n"
    parts = (("input", whole), ("clean", splitting.clean), ("held", held))
    yield from _table([_HEADINGS, *(_cells(name, part) for name, part in parts)])
    yield f"\n{_balance(splitting)}\n"
    if whole.unread:
        yield f"Claims without a charge (CLM02) that can be read: {whole.unread}.\n"
    if rules := splitting.rules():
        yield "\nRules that hold claims\n\n"
        head = ("code", "severity", "claims", "findings", "what is wrong")
        rows = (_total(rule) for rule in rules)
        yield from _table([head, *rows])
        yield "\nClaims\n"
    for claim in splitting.held_claims():
        yield from _claim(claim, phi)


def _cells(name: str, part: SplitPart) -> tuple[str, ...]:
    numbers = (part.claims, part.service_lines, dollars(part.charges), part.transactions)
    return (name, *map(str, numbers))


def _total(rule: RuleTotal) -> tuple[str, ...]:
    numbers = str(rule.claims), str(rule.findings)
    return (rule.code, rule.severity.value, *numbers, fault_of(rule.code, rule.name))


def _balance(splitting: Splitting) -> str:
    if not splitting.adds_up:
        return "The clean and the held claims do not add up to those of the input."
    both = splitting.sets_in_both
    text = "The clean and the held claims add up to those of the input"
    return f"{text}; transaction sets with claims of both: {both}." if both else f"{text}."


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for cells in rows:
        pairs = list(zip(cells, widths, strict=True))
        texts = (c.rjust(w) if c[:1].isdigit() or c[:1] == "$" else c.ljust(w) for c, w in pairs)
        yield "  ".join(texts).rstrip() + "\n"


def _claim(claim: HeldClaim, phi: Phi) -> Iterator[str]:
    name = claim.position if phi is Phi.NONE or not claim.id else f"{claim.id} ({claim.position})"
    charge = "no charge" if claim.charge is None else dollars(claim.charge)
    payer = f", payer {claim.payer_id}" if claim.payer_id else ""
    yield f"\n{name}: {charge}{payer}\n"
    for reason in claim.reasons:
        yield f"  {_reason(reason)}\n"
    if more := claim.findings - len(claim.reasons):
        yield f"  and {more} more\n"


def _reason(reason: Reason) -> str:
    finding, place = reason.finding, reason.finding.location
    where = [f"line {place.line}, column {place.column}"]
    where += [f"segment {place.segment_ordinal}"] if place.segment_ordinal else []
    where += [place.element or place.segment] if place.element or place.segment else []
    about = "" if reason.scope is Scope.CLAIM else f"of the {reason.scope.value}: "
    severity = finding.severity.value
    return f"{about}{severity}[{finding.code}] {finding.message} ({', '.join(where)})"
