"""The first pass of a rewriting in a confined process, for a template of the user's."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, BinaryIO

from edi_lint.edits.compare import FindingTally, in_new_envelopes
from edi_lint.findings import Edit, Finding, Location, Severity
from edi_lint.ledger.envelopes import Parties
from edi_lint.settings import Settings
from edi_lint.transform.choice import Plan
from edi_lint.transform.claim_data import ClaimData, DataRow
from edi_lint.transform.confined import (
    Answer,
    Child,
    Stopped,
    run,
    settings_as_json,
    settings_of_json,
    too_much_memory,
)
from edi_lint.transform.limits import MB, Limits
from edi_lint.transform.rendering import (
    Alive,
    Event,
    Rendered,
    RenderingOutcome,
    RewriteError,
    RewriteMemoryError,
    Started,
    first_pass,
)
from edi_lint.transform.templates import TemplateSource


def confined(
    stream: BinaryIO,
    template: TemplateSource,
    plan: Plan,
    settings: Settings,
    limits: Limits,
    name: str = "-",
) -> Iterator[Event]:
    """`first_pass` in another process. Raises RewriteError when that passes its limits."""
    data = plan.data
    job = {
        "claims": plan.claims,
        "among": None if plan.among is None else list(plan.among),
        "hcpcs": plan.hcpcs,
        "data": None
        if data is None
        else {n: [(dict(r.fields), r.where, r.empty) for r in d.rows] for n, d in data.items()},
        "values": dict(plan.values),
        "log": plan.log,
        "settings": settings_as_json(settings),
        "name": name,
    }
    try:
        for answer in run("confined_rewriting", template, job, stream, limits):
            yield _event(answer)
    except Stopped as problem:
        raise RewriteError(*problem.problems) from None


def _event(answer: Answer) -> Event:
    if "outcome" in answer:
        return _outcome(answer["outcome"])
    if "begin" in answer:
        return Started(str(answer["begin"]))
    if "edits" in answer:
        return Rendered(
            int(answer["start"]),
            int(answer["position"]),
            [Edit(int(start), int(end), str(text)) for start, end, text in answer["edits"]],
            int(answer["more"]),
            [_finding(f) for f in answer["findings"]],
            answer["entry"],
        )
    return Alive()


def _finding(answer: dict[str, Any]) -> Finding:
    """A finding of the other process; what its rule says of all its findings is our own."""
    from edi_lint.rules import CATALOGUE

    rule = next(r for r in CATALOGUE if r.code == answer["code"])
    return Finding(
        rule.code,
        rule.name,
        Severity(answer["severity"]),
        rule.level,
        str(answer["message"]),
        rule.help,
        "-",
        Location(**answer["location"]),
        rule.response,
        None,
        str(answer["excerpt"]),
        (int(answer["caret"][0]), int(answer["caret"][1])),
        Location(**answer["related"]) if answer["related"] else None,
    )


def _outcome(answer: dict[str, Any]) -> RenderingOutcome:
    return RenderingOutcome(
        FindingTally.read(in_new_envelopes, answer["before"]),
        int(answer["selected"]),
        int(answer["changed"]),
        [str(p) for p in answer["problems"]],
        {Parties(*between) if between else None: set(used) for between, used in answer["numbers"]},
        str(answer["remark"]),
    )


# what runs in the other process


def work(job: dict[str, Any], template: TemplateSource, stream: BinaryIO, child: Child) -> None:
    """Tell what `first_pass` does."""
    plan = Plan(
        tuple(job["claims"]),
        None if job["among"] is None else array("q", job["among"]),
        tuple(job["hcpcs"]),
        None if job["data"] is None else {n: _claim_data(d) for n, d in job["data"].items()},
        job["values"],
        job["log"],
    )
    settings, limits = settings_of_json(job["settings"]), child.limits
    child.confine()
    child.tell({})
    child.allow(limits.seconds)
    try:
        for event in first_pass(stream, template, plan, settings, job["name"]):
            if isinstance(event, Started):
                child.allow(limits.seconds)
            if isinstance(event, Rendered) and _printed(event) > limits.output:
                raise Stopped(
                    f"{template.path}: prints more than {limits.output // MB} MB for a claim, the "
                    "most that a template may"
                )
            child.tell(_answer(event))
    except RewriteMemoryError as problem:
        child.breathe()
        raise Stopped(f"{problem}: {too_much_memory(limits)}") from None
    except RewriteError as problem:
        raise Stopped(*problem.problems) from None


def _printed(event: Rendered) -> int:
    return sum(len(edit.text) for edit in event.edits)


def _claim_data(rows: list[tuple[dict[str, str], str, list[str]]]) -> ClaimData:
    return ClaimData(tuple(DataRow(fields, where, tuple(empty)) for fields, where, empty in rows))


def _answer(event: Event) -> Answer:
    if isinstance(event, Started):
        return {"begin": event.claim}
    if isinstance(event, Alive):
        return {}
    if isinstance(event, Rendered):
        findings = [
            {
                "code": f.code,
                "severity": f.severity.value,
                "message": f.message,
                "location": asdict(f.location),
                "excerpt": f.excerpt,
                "caret": f.caret,
                "related": asdict(f.related) if f.related else None,
            }
            for f in event.findings
        ]
        edits = [(e.byte_start, e.byte_end, e.text) for e in event.edits]
        return event._asdict() | {"edits": edits, "findings": findings, "end": True}
    return {
        "outcome": {
            "before": event.before.json(),
            "selected": event.selected,
            "changed": event.changed,
            "problems": event.problems,
            "numbers": [(between, list(used)) for between, used in event.numbers.items()],
            "remark": event.remark,
        },
        "end": True,
    }
