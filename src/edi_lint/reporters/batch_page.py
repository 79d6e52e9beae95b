"""The batch report as one page of HTML that loads nothing, with plots; it can be read without its
script, which sorts and saves the tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from markupsafe import Markup

from edi_lint.batch_report.assessment import Assessment, RuleSum, Sum
from edi_lint.batch_report.report import BatchReport, Past, worst, worst_rules
from edi_lint.claims.money import dollars
from edi_lint.claims.views import EXACT
from edi_lint.files import resources
from edi_lint.files.version import VERSION
from edi_lint.findings.masking import printable
from edi_lint.findings.store import Kind
from edi_lint.reporters.plots import HEIGHT, WIDTH, Plot, PlotColumn, columns, line
from edi_lint.rules.catalogue import fault_of
from edi_lint.transform import templates
from edi_lint.transform.shell import source_hash

_SHOWN = 25
"""So many rows of a table are shown at once; the others are folded away."""
_RUNS = 60
"""So many runs the trend shows."""
_DAYS = 62
_PARTS = 10
"""So many payers and files are listed below a rule."""
_CAUSES = 3
"""So many rules the first sentences name."""
_NO_PAYER = "no payer is named"
_NO_SUBMITTER = "no submitter is named"
_NO_DAY = "no day is given"


class _PartyRow(NamedTuple):
    """A party or a day; `bar` is the charges at risk in hundredths of the largest."""

    name: str
    claims: int
    claims_at_risk: int
    share: str
    charges: str
    charges_at_risk: str
    bar: float


class _PagePart(NamedTuple):
    """What a payer or a file has of a rule; `page` is the file's annotated page."""

    name: str
    claims: int
    charges: str
    page: str = ""


class _RuleRow(NamedTuple):
    """A rule; `change` tells of its claims in the run before, empty without one.

    `payers` and `files` have the most of it, `more` says how many others there are of each.
    """

    code: str
    title: str
    severity: str
    findings: int
    claims: int
    charges: str
    bar: float
    change: str
    payers: list[_PagePart]
    files: list[_PagePart]
    more: tuple[int, int]


class _FileRow(NamedTuple):
    """An input; `note` says why it has no page, or what else is to be known."""

    path: str
    page: str
    findings: dict[str, int]
    claims: int
    claims_at_risk: int
    charges_at_risk: str
    error: str
    note: str


class _PastRun(NamedTuple):
    """One of the runs of the trend."""

    when: str
    files: int
    claims: int
    claims_at_risk: int
    share: str
    charges_at_risk: str


def render(report: BatchReport, title: str) -> Iterator[str]:
    """The page in pieces."""
    template, path = templates.load("report", "index", autoescape=True)
    assets = resources.templates("report")
    style, script = (assets.joinpath(f"report.{end}").read_text("utf-8") for end in ("css", "js"))
    yield from templates.generate(template, path, _variables(report, title, style, script))


def _variables(report: BatchReport, title: str, style: str, script: str) -> dict[str, Any]:
    before = report.history[-1] if report.history else None
    runs = [*report.history, report.past()][-_RUNS:] if before else []
    named_days = {(day or _NO_DAY): one for day, one in sorted(report.days.items())}
    return {
        "title": title,
        "version": VERSION,
        "style": Markup(style),
        "script": Markup(script),
        "policy": f"default-src 'none'; style-src {source_hash(style)}; "
        f"script-src {source_hash(script)}; base-uri 'none'; form-action 'none'",
        "generated": _when(report),
        "fail_on": report.fail_on.value if report.fail_on else "never",
        "shown": _SHOWN,
        "size": (WIDTH, HEIGHT),
        "files": _files(report),
        "unread": sum(bool(one.file.error) for one in report.files),
        "findings": report.findings(),
        "hidden": _hidden(report.files),
        "total": report.total,
        "headline": _headline(report),
        "causes": _causes(report),
        "without_page": any(
            one.rules and not one.page and one.file.checked for one in report.files
        ),
        "charges": dollars(report.total.charges),
        "charges_at_risk": dollars(report.total.charges_at_risk),
        "share": _share(report.total),
        "charges_share": _percent(report.total.charges_at_risk, report.total.charges),
        "before": _run(before) if before else None,
        "runs": [_run(run) for run in runs],
        "trends": _trends(runs),
        "rules": _rules(report, before),
        "gone": _gone(report, before),
        "payers": _rows({name or _NO_PAYER: one for name, one in worst(report.payers)}),
        "submitters": _rows({name or _NO_SUBMITTER: one for name, one in worst(report.submitters)}),
        "days": _rows(named_days),
        "day_plot": _day_plot(named_days),
    }


def _trends(runs: list[Past]) -> list[Plot]:
    if not runs:
        return []
    names = [f"{run.generated:%Y-%m-%d}" for run in runs]
    if len(set(names)) < len(names):  # several runs of a day are told apart by their time
        names = [f"{run.generated:%m-%d %H:%M}" for run in runs]
    shares = [_ratio(run.total.claims_at_risk, run.total.claims) for run in runs]
    amounts = [run.total.charges_at_risk for run in runs]
    return [
        line("Claims at risk, in percent", [*zip(names, shares, strict=True)], " %"),
        line("Charges at risk", [*zip(names, amounts, strict=True)]),
    ]


def _day_plot(days: dict[str, Sum]) -> Plot | None:
    """The latest days, if there is more than one to compare."""
    shown = [PlotColumn(d, s.charges_at_risk, s.charges) for d, s in days.items() if d != _NO_DAY]
    shown = [c for c in shown[-_DAYS:] if c.whole >= c.part >= 0]
    if len(shown) < 2:
        return None
    return columns("Charges by day of the interchange", shown, ("risk", "rest"))


def _rules(report: BatchReport, before: Past | None) -> list[_RuleRow]:
    rows = worst_rules(report.rules)
    most = max((rule.charges for _, rule in rows), default=Decimal(0))
    claims = report.past().rules
    files = _files_by_rule(report)
    return [
        _RuleRow(
            code,
            fault_of(code, name),
            severity.value,
            rule.findings,
            rule.claims,
            dollars(rule.charges),
            _bar(rule.charges, most),
            _change(claims[code], before.rules.get(code)) if before else "",
            _payers(rule),
            files[code, name, severity][:_PARTS],
            (
                max(0, len(rule.payers) - _PARTS),
                max(0, len(files[code, name, severity]) - _PARTS),
            ),
        )
        for (code, name, severity), rule in rows
    ]


def _payers(rule: RuleSum) -> list[_PagePart]:
    """The payers with the most charges that a rule found something about."""

    def order(item: tuple[str, tuple[int, Decimal]]) -> tuple[Any, ...]:
        payer, (claims, charges) = item
        return -charges, -claims, payer

    return [
        _PagePart(payer or _NO_PAYER, claims, dollars(charges))
        for payer, (claims, charges) in sorted(rule.payers.items(), key=order)[:_PARTS]
    ]


def _files_by_rule(report: BatchReport) -> dict[Kind, list[_PagePart]]:
    """For each rule the files in which it found something, those with the most charges first."""
    found: dict[Kind, list[tuple[Decimal, int, str, str]]] = {kind: [] for kind in report.rules}
    for one in report.files:
        for kind, rule in one.rules.items():
            found[kind].append((-rule.charges, -rule.claims, one.file.path, one.page))
    return {
        kind: [
            _PagePart(printable(path), -n, dollars(-c), page) for c, n, path, page in sorted(parts)
        ]
        for kind, parts in found.items()
    }


def _headline(report: BatchReport) -> tuple[str, str]:
    """The first sentence of the page, and what kind of news it is."""
    total = report.total
    of = f"of {total.claims:,} claim{'s' if total.claims != 1 else ''}"
    if not total.claims:
        return "No claim could be read.", "error"
    if total.claims_at_risk:
        said = (
            f"{total.claims_at_risk:,} {of} ({_share(total)}) "
            f"{'is' if total.claims_at_risk == 1 else 'are'} at risk: "
            f"{dollars(total.charges_at_risk)} of {dollars(total.charges)}."
        )
        return said, "error"
    if any(report.findings().values()):
        return f"None {of} is at risk, {dollars(total.charges)}.", "clean"
    return f"Nothing was found in {of.removeprefix('of ')}, {dollars(total.charges)}.", "clean"


def _causes(report: BatchReport) -> list[tuple[str, str, int, str]]:
    """The rules that put the most charges at risk: code, title, claims and charges."""
    if not report.total.claims_at_risk:
        return []
    return [
        (code, fault_of(code, name), rule.claims, dollars(rule.charges))
        for (code, name, severity), rule in worst_rules(report.rules)
        if rule.claims and report.fail_on is not None and severity.rank <= report.fail_on.rank
    ][:_CAUSES]


def _change(claims: int, before: int | None) -> str:
    """How many claims more or fewer than in the run before."""
    if before is None:
        return "new"
    return f"{claims - before:+,}" if claims != before else "same"


def _gone(report: BatchReport, before: Past | None) -> list[str]:
    """Rules that found something in the run before, and nothing now."""
    found = {code for code, _, _ in report.rules}
    return sorted(set(before.rules) - found) if before else []


def _rows(sums: dict[str, Sum]) -> list[_PartyRow]:
    most = max((one.charges_at_risk for one in sums.values()), default=Decimal(0))
    return [
        _PartyRow(
            name,
            one.claims,
            one.claims_at_risk,
            _share(one),
            dollars(one.charges),
            dollars(one.charges_at_risk),
            _bar(one.charges_at_risk, most),
        )
        for name, one in sums.items()
    ]


def _files(report: BatchReport) -> list[_FileRow]:
    """What could not be read first, then those with the most charges at risk."""

    def order(one: Assessment) -> tuple[Any, ...]:
        counts = (-n for n in one.findings().values())
        return not one.file.error, -one.total.charges_at_risk, *counts, one.file.path

    return [
        _FileRow(
            printable(one.file.path),
            one.page,
            one.findings(),
            one.total.claims,
            one.total.claims_at_risk,
            dollars(one.total.charges_at_risk),
            printable(one.file.error),
            _note(one),
        )
        for one in sorted(report.files, key=order)
    ]


def _note(one: Assessment) -> str:
    notes = []
    if one.file.skipped:
        notes.append(f"skipped: {one.file.skipped_words()}")
    elif not one.file.checked and not one.file.error:
        notes.append(f"skipped: {one.file.instead()}")
    if not one.rules and not one.file.error:
        notes.append("nothing found")
    return "; ".join(notes)


def _hidden(files: list[Assessment]) -> tuple[int, int]:
    """How many findings are suppressed, and in a baseline."""
    suppressed = sum(sum(one.file.suppressed.values()) for one in files)
    return suppressed, sum(one.accepted for one in files)


def _run(run: Past) -> _PastRun:
    total = run.total
    return _PastRun(
        f"{run.generated:%Y-%m-%d %H:%M}",
        run.files,
        total.claims,
        total.claims_at_risk,
        _share(total),
        dollars(total.charges_at_risk),
    )


def _when(report: BatchReport) -> str:
    return f"{report.generated:%Y-%m-%d %H:%M} UTC"


def _share(one: Sum) -> str:
    return _percent(one.claims_at_risk, one.claims)


def _percent(part: Decimal | int, whole: Decimal | int) -> str:
    """A share in words: what is there is never shown as nothing, nor what lacks as all."""
    ratio = _ratio(part, whole)
    if not ratio and part:
        return "< 0.1 %"
    if ratio == 100 and part != whole:
        return "> 99.9 %"
    return f"{ratio} %"


def _ratio(part: Decimal | int, whole: Decimal | int) -> Decimal:
    """In percent, with one decimal place."""
    if not whole:
        return Decimal(0)
    share = EXACT.divide(EXACT.multiply(Decimal(part), Decimal(100)), Decimal(whole))
    return share.quantize(Decimal("0.1"), context=EXACT)


def _bar(value: Decimal, most: Decimal) -> float:
    return round(float(value * 100 / most), 1) if most > 0 and value > 0 else 0.0
