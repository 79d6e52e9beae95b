"""A rule pack as a page that a biller can read, for `edi-lint rule --pack`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from edi_lint.packs import RELATIONS, Neighbour, Pack, Statement
from edi_lint.reporters.document import Block, Bullets, Paragraph, Terms, TextDocument, TextSection
from edi_lint.reporters.source_links import links_of
from edi_lint.rules import CATALOGUE
from edi_lint.rules.base import JudgingRule
from edi_lint.rules.parts import PACK
from edi_lint.rules.situations import exclusions, shipped

_FEW = 4
"""How many words of a topic are shown as examples."""


def pack_page(pack: Pack) -> TextDocument:
    """What the code is and is not, what stands near it, and what a claim for it needs."""
    others = tuple((f"{c}:", words) for c, words in pack.descriptors.items() if c != pack.code)
    sections = (
        TextSection("Also", (Terms(others),) if others else ()),
        TextSection("What the official record says", (_statements(pack.descriptor_notes),)),
        TextSection("What is commonly written, and is not so", (_errors(pack),)),
        TextSection("Units", tuple(_units(pack))),
        TextSection("Codes beside it", tuple(_neighbours(pack))),
        TextSection("Places of service", tuple(_places(pack))),
        TextSection("Modifiers", tuple(_modifiers(pack))),
        TextSection("Documentation that counts", tuple(_documentation(pack))),
        TextSection("Diagnoses", (_statements(pack.diagnosis_hints),)),
        TextSection("Rules that look at it", (_rules(),)),
        TextSection("Sources", (Bullets(pack.sources), links_of(_every_source(pack)))),
    )
    title = f"{pack.code}: {pack.descriptors[pack.code]}"
    return TextDocument(title, tuple(s for s in sections if s.blocks))


def _every_source(pack: Pack) -> str:
    """All that a pack names as a source, for the addresses behind it."""
    neighbours = (n.source for n in pack.neighbours.values())
    places = (place.source for place in pack.facility_places.values())
    pointless = (reason.source for reason in pack.pointless_modifiers.values())
    statements = (*pack.descriptor_notes, *pack.documentation_advice, *pack.diagnosis_hints)
    said = (*(s.source for s in statements), *(error.source for error in pack.common_errors))
    return "; ".join((*pack.sources, *neighbours, *places, *pointless, *said))


def _statements(statements: Iterable[Statement]) -> Bullets:
    return Bullets(tuple(_sourced(text, source) for text, source in statements))


def _sourced(text: str, source: str) -> str:
    return f"{text}\nSource: {source}"


def _errors(pack: Pack) -> Bullets:
    return Bullets(
        tuple(_sourced(f"“{e.statement}” No. {e.correction}", e.source) for e in pack.common_errors)
    )


def _units(pack: Pack) -> Iterator[Block]:
    rows = [("SV103:", pack.unit_basis), ("SV104:", _sourced(pack.unit_meaning, pack.unit_source))]
    if pack.flow_rate:
        below, otherwise, source = pack.flow_rate
        rate = f"less than {below} ml per hour for {pack.code}; from there on {otherwise}"
        rows.append(("Flow rate:", _sourced(rate, source)))
    yield Terms(tuple(rows))


def _neighbours(pack: Pack) -> Iterator[Block]:
    """The neighbouring codes by relation, in the order of RELATIONS."""
    order = list(RELATIONS)
    ordered = sorted(pack.neighbours.values(), key=lambda n: (order.index(n.relation), n.code))
    for relation, members in groupby(ordered, lambda n: n.relation):
        neighbours = list(members)
        title = RELATIONS[relation].capitalize()
        if neighbours[0].is_unbundled:
            title += ": both on one date bill one infusion twice"
        rows = tuple((n.code, _neighbour(n)) for n in neighbours)
        yield TextSection(title, (Terms(rows), Paragraph(f"Source: {_sources(neighbours)}")))


def _neighbour(neighbour: Neighbour) -> str:
    return f"{neighbour.descriptor}\n{neighbour.meaning}"


def _sources(neighbours: Iterable[Neighbour]) -> str:
    parts = (part.strip() for n in neighbours for part in n.source.split(";"))
    return "; ".join(dict.fromkeys(parts))


def _places(pack: Pack) -> Iterator[Block]:
    if pack.facility_places:
        yield _grouped(pack.facility_places)


def _grouped(statements: dict[str, Statement]) -> Terms:
    """Codes of which the same is said in one row."""
    codes: dict[Statement, list[str]] = {}
    for code, statement in statements.items():
        codes.setdefault(statement, []).append(code)
    return Terms(tuple((", ".join(c), _sourced(*said)) for said, c in codes.items()))


def _modifiers(pack: Pack) -> Iterator[Block]:
    groups = {
        "Who pays if Medicare does not": pack.liability_modifiers,
        "A policy's requirements are met; no policy that sets any for this code was found": (
            pack.attesting_modifiers
        ),
        "No order": pack.order_modifiers,
    }
    for title, modifiers in groups.items():
        if modifiers:
            rows = tuple((m, pack.modifier_meanings[m]) for m in sorted(modifiers))
            yield TextSection(title, (Terms(rows),))
    found = exclusions(shipped())
    rows = tuple((own, f"not with {_or(others)} ({code})") for code, own, others in found)
    yield TextSection("Not together on one line", (Terms(rows),))
    if pack.pointless_modifiers:
        yield TextSection("Say nothing on this code", (_grouped(pack.pointless_modifiers),))


def _documentation(pack: Pack) -> Iterator[Block]:
    types = tuple((t, pack.report_type_names[t]) for t in sorted(pack.report_types))
    if types:
        yield TextSection("Report types (PWK01)", (Terms(types),))
    elsewhere = []
    if pack.references:
        elsewhere.append(f"REF with {_or(sorted(pack.references))}, of the destination payer")
    if pack.notes:
        elsewhere.append(f"NTE with {_or(sorted(pack.notes))}")
    if pack.forms:
        elsewhere.append(f"LQ with {_or(sorted(pack.forms))} and its answers in FRM (loop 2440)")
    if elsewhere:
        yield TextSection("Counts as well, on the line or its claim", (Bullets(tuple(elsewhere)),))
    if pack.note_contents:
        topics = tuple(
            (f"{topic}:", f"{', '.join(words[:_FEW])} …")
            for topic, words in pack.note_contents.items()
        )
        intro = Paragraph("80 characters each; words by which edi-lint sees the topic:")
        yield TextSection("What a note (NTE02) should speak of", (intro, Terms(topics)))
    if pack.documentation_advice:
        yield TextSection("Good to know", (_statements(pack.documentation_advice),))


def _rules() -> Terms:
    judging = (rule for rule in CATALOGUE if issubclass(rule, JudgingRule))
    rules = [rule for rule in judging if PACK in rule.declared().values()]
    return Terms(tuple((rule.code, rule.fault) for rule in rules))


def _or(codes: Iterable[str]) -> str:
    *first, last = codes
    return f"{', '.join(first)} or {last}" if first else last
