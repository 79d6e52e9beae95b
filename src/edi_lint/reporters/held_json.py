"""The report about held claims as JSON (`schemas/held-report.schema.json`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edi_lint.findings.masking import Phi
from edi_lint.findings.report import document_head
from edi_lint.reporters.json_text import json_text
from edi_lint.transform.split import HeldClaim, Reason, RuleTotal, SplitPart, Splitting, money


def render(splitting: Splitting, phi: Phi) -> Iterator[str]:
    """The document, indented, with a line feed at its end."""
    head = {
        **document_head(),
        "path": splitting.name,
        "fail_on": splitting.fail_on or "never",
        "input": _part(splitting.whole),
        "clean": _part(splitting.clean),
        "held": _part(splitting.held),
        "transactions_in_both": splitting.sets_in_both,
        "adds_up": splitting.adds_up,
        "rules": [_rule(rule) for rule in splitting.rules()],
    }
    yield json_text(head, indent=1).removesuffix("\n}") + ',\n "claims": ['
    mark = "\n  "
    for claim in splitting.held_claims():
        text = json_text(_claim(claim, phi), indent=1)
        yield mark + text.replace("\n", "\n  ")
        mark = ",\n  "
    yield "]\n}\n" if mark == "\n  " else "\n ]\n}\n"


def _part(part: SplitPart) -> dict[str, Any]:
    return {
        "bytes": part.size,
        "transactions": part.transactions,
        "claims": part.claims,
        "service_lines": part.service_lines,
        "charges": money(part.charges),
        "unread_charges": part.unread,
    }


def _rule(rule: RuleTotal) -> dict[str, Any]:
    return {**rule._asdict(), "severity": rule.severity.value}


def _claim(claim: HeldClaim, phi: Phi) -> dict[str, Any]:
    named = {"claim": claim.id} if phi is not Phi.NONE else {}
    return {
        **named,
        "position": claim.position,
        "transaction": claim.transaction,
        "charge": None if claim.charge is None else money(claim.charge),
        "payer_id": claim.payer_id,
        "findings": claim.findings,
        "reasons": [_reason(reason, phi) for reason in claim.reasons],
    }


def _reason(reason: Reason, phi: Phi) -> dict[str, Any]:
    finding = reason.finding
    return {
        "about": reason.scope.value,
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "message": finding.message,
        "location": finding.location.json(with_claim=phi is not Phi.NONE),
    }
