"""The batch report as one page of HTML that loads nothing, with plots; it needs no scripts."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from markupsafe import Markup

from edi_lint.batch_report.assessment import Assessment, Sum
from edi_lint.batch_report.report import BatchReport, Past, worst, worst_rules
from edi_lint.claims.views import EXACT
from edi_lint.files import resources
from edi_lint.files.version import VERSION
from edi_lint.findings.masking import printable
from edi_lint.reporters.plots import HEIGHT, WIDTH, Plot, PlotColumn, columns, line
from edi_lint.transform import templates
from edi_lint.transform.shell import source_hash

_SHOWN = 25
"""So many rows of a table are shown at once; the others are folded away."""
_RUNS = 60
"""So many runs the trend shows."""
_DAYS = 62
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


class _RuleRow(NamedTuple):
    """A rule; `change` tells of its claims in the run before, empty without one."""

    code: str
    name: str
    severity: str
    findings: int
    claims: int
    charges: str
    bar: float
    change: str


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
    style = resources.templates("report").joinpath("report.css").read_text("utf-8")
    yield from templates.generate(template, path, _told(report, title, style))


def _told(report: BatchReport, title: str, style: str) -> dict[str, Any]:
    before = report.history[-1] if report.history else None
    runs = [*report.history, report.past()][-_RUNS:] if before else []
    named_days = {(day or _NO_DAY): one for day, one in sorted(report.days.items())}
    return {
        "title": title,
        "version": VERSION,
        "style": Markup(style),
        "policy": f"default-src 'none'; style-src {source_hash(style)}; base-uri 'none'",
        "generated": _when(report),
        "fail_on": report.fail_on.value if report.fail_on else "never",
        "shown": _SHOWN,
        "size": (WIDTH, HEIGHT),
        "files": _files(report),
        "unread": sum(bool(one.file.error) for one in report.files),
        "findings": report.findings(),
        "hidden": _hidden(report.files),
        "total": report.total,
        "charges": _money(report.total.charges),
        "charges_at_risk": _money(report.total.charges_at_risk),
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
    return [
        _RuleRow(
            code,
            name,
            severity.value,
            rule.findings,
            rule.claims,
            _money(rule.charges),
            _bar(rule.charges, most),
            _change(claims[code], before.rules.get(code)) if before else "",
        )
        for (code, name, severity), rule in rows
    ]


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
            _money(one.charges),
            _money(one.charges_at_risk),
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
            _money(one.total.charges_at_risk),
            printable(one.file.error),
            _note(one),
        )
        for one in sorted(report.files, key=order)
    ]


def _note(one: Assessment) -> str:
    told = []
    if one.file.skipped:
        told.append(f"skipped: {one.file.skipped_words()}")
    elif not one.file.checked and not one.file.error:
        told.append(f"skipped: {one.file.instead()}")
    if not one.rules and not one.file.error:
        told.append("nothing found")
    if one.rules and not one.page and one.file.checked:
        told.append("no page was made; edi-lint annotate makes one")
    return "; ".join(told)


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
        _money(total.charges_at_risk),
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


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"
