"""Which slot a modifier is in, and what is in a note for want of one: MOD006 and MOD007."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from edi_lint.codes.answers import Standing
from edi_lint.findings import Applicability, Edit, Response, Severity
from edi_lint.findings.masking import MODIFIER, safe_code
from edi_lint.packs import Pack
from edi_lint.packs.profiles import Profile
from edi_lint.rules.base import LineRule, Rule, Speaks
from edi_lint.rules.examples import Example
from edi_lint.rules.modifiers import (
    ATTESTING,
    FIRST_MODIFIER,
    LAST_MODIFIER,
    separator,
)
from edi_lint.rules.parts import CODE, MODIFIERS, PACK, PROFILE, At, Change, Part, Said
from edi_lint.x12 import Segment

OVERFLOW = frozenset({"99", "KB"})
"""In the fourth slot: there are more modifiers, and a note lists them."""
_SLOTS = LAST_MODIFIER - FIRST_MODIFIER + 1

_PRICING = frozenset({"NU", "UE", "RR", "KE", "KH", "KI", "KJ"})
_THERAPY = frozenset({"GN", "GO", "GP"})
_EQUIPMENT = re.compile(r"A[4-9]|[BEKL]", re.ASCII)
"""How codes of equipment and supplies begin, for which an equipment contractor pays."""

_WORD = re.compile(r"[A-Z0-9]+", re.ASCII)
_HEADINGS = frozenset({"MOD", "MODS", "MODIFIER", "MODIFIERS", "OVERFLOW"})
LIST = re.compile(
    r"(?:(?P<head>.*\b(?:MODIFIERS?|MODS?)\b)|99|KB)?[\s:=-]*"
    r"(?P<list>[A-Z0-9]{2}(?:[\s,;/+]*[A-Z0-9]{2})*)[\s.]*",
    re.ASCII | re.DOTALL,
)
_UNITS = frozenset({
    "AM", "CC", "CM", "DAY", "DAYS", "GAUGE", "GM", "HOUR", "HOURS", "HR", "HRS", "HS", "KG", "LB",
    "LBS", "MCG", "MEQ", "MG", "MIN", "MINS", "ML", "MLS", "MM", "OZ", "PCT", "PM", "QD", "TABS",
    "UN", "UNIT", "UNITS", "WEEK", "WEEKS", "WK", "WKS", "YEAR", "YEARS", "YO", "YR", "YRS",
})  # fmt: skip
"""What a number in a note counts, so that neither of the two is a modifier: 24 HR."""
_TITLES = frozenset({"DO", "DR", "ER", "MA", "MD", "MR", "MS", "NP", "PA", "PT", "RN"})
_OTHER_WORDS = frozenset({"AS", "AT", "ET", "GO", "HE", "HI", "ME", "PO", "ST", "UP", "US"})
_NO_MODIFIERS = _UNITS | _TITLES | _OTHER_WORDS
"""Words that a note has for itself, though some of them are published as modifiers."""

_VOWEL = re.compile("[AEIOUY]")
_WITHIN_WORDS = frozenset({
    "BL", "BR", "CH", "CK", "CL", "CR", "CT", "FL", "FR", "FT", "GH", "GL", "GM", "GN", "GR", "HN",
    "KN", "LC", "LD", "LF", "LK", "LL", "LM", "LP", "LS", "LT", "MB", "MM", "MN", "MP", "MS", "NB",
    "NC", "ND", "NG", "NK", "NN", "NR", "NS", "NT", "PB", "PH", "PL", "PM", "PN", "PR", "PS", "PT",
    "RB", "RC", "RD", "RF", "RG", "RK", "RL", "RM", "RN", "RP", "RR", "RS", "RT", "RV", "SC", "SH",
    "SK", "SL", "SM", "SN", "SP", "SQ", "SS", "ST", "SV", "SW", "TC", "TH", "TL", "TM", "TN", "TR",
    "TS", "TT", "TW", "WH", "WN", "WR", "XC", "XP", "XT",
})  # fmt: skip
"""Two consonants that come together in words, so that a word may hold them by chance."""
_USUAL = frozenset({
    "EY", "GA", "GK", "GL", "GX", "GY", "GZ", "KE", "KF", "KH", "KI", "KJ", "KX", "LT", "MS", "NU",
    "RA", "RB", "RR", "RT", "UE",
})  # fmt: skip
"""Modifiers that are usual on lines for equipment."""


def _noted(modifiers: str, note: str) -> tuple[str, ...]:
    """The segments of an example's line with these modifiers and a note."""
    return (f"SV1*HC:E0781:{modifiers}*120*UN*1***1", "DTP*472*D8*20260105", f"NTE*ADD*{note}")


def _may_overflow(modifiers: tuple[str, ...]) -> bool:
    """Whether all slots are taken, or a modifier says that there are more."""
    filled = [m for m in modifiers if m]
    return len(filled) == _SLOTS or not OVERFLOW.isdisjoint(filled)


class Overflow(LineRule):
    """Modifier 99 or KB is in the fourth slot, and a note of the line lists the modifiers left.

    A line has room for four modifiers. Where there are more, 99 takes the fourth place (KB for an
    upgrade that the patient asked for, with a notice) and a note in loop 2400 lists the others; in
    another slot, or without a list, modifiers are lost and the line is judged without them. A note
    is read generously: every published modifier in it counts, but no unit, no title and no word
    that has one in it by chance (MORPHINE, CATHETER). That modifiers are listed while
    99 and KB are missing is said only where four stand on the line and the note is nothing but a
    list, or ends with one behind the word modifiers.
    """

    code = "MOD006"
    name = "modifier-overflow"
    fault = "More than four modifiers without 99 or KB"
    level = 6
    severity = Severity.ERROR
    speaks = Speaks.MEDICARE_ONLY
    response = Response(carc="4")
    no_status = (
        "Which modifiers a note names is read when the claim is paid: the answer is the 835's."
    )
    source = "Noridian, DME MAC: the pages for 99, for KB, and for both"
    addresses = ("https://med.noridianmedicare.com/web/jddme/topics/modifiers",)
    conflict = (
        "A supplier notice of 2009 wants all modifiers in the note, before anything else and "
        "without spaces; Noridian's pages (99: 2022) want only those that found no room. The newer "
        "one is followed, unless the payer's profile says `overflow: all`."
    )
    help = (
        "With more than four modifiers: three on the line, 99 (or KB) in SV101-6, the others in "
        "NTE of loop 2400. With four or less: all of them on the line, and neither 99 nor KB."
    )
    valid = (
        Example(line=_noted("RR:KH:LT:99", "KX RA"), filing="MB"),
        Example(line=_noted("RR:KH:LT:99", "99 KX RA"), filing="MB"),
        Example(line=_noted("RR:KH:LT:KB", "MODIFIERS KXGK"), filing="MB"),
        Example(line=_noted("RR:KH:LT:99", "KXGK RENTAL MONTH 1"), filing="MB"),
        Example(line=_noted("RR:KH:KX:LT", "MODIFIERS ON FILE"), filing="MB"),
        Example(line=_noted("RR:KH:KX:LT", "MODIFIERS RR KH KX LT"), filing="MB"),
        Example(line=_noted("RR:KH:KX:LT", "PUMP"), filing="MB"),
        Example(line=("SV1*HC:E0781:RR:99*120*UN*1***1",), filing="CI"),
    )
    invalid = (
        Example(line=_noted("RR:99:LT", "KX"), filing="MB", at="SV101-04"),
        Example(line=_noted("RR:99:LT:KH", "KX"), filing="MB", at="SV101-04"),
        Example(line=("SV1*HC:E0781:RR:KH:LT:99*120*UN*1***1",), filing="MB", at="SV101-06"),
        Example(line=_noted("RR:KH:LT:99", "ELASTOMERIC"), filing="MB", at="NTE02"),
        Example(line=_noted("RR:KH:LT:99", "RR KH LT 99"), filing="MB", at="NTE02"),
        Example(line=_noted("RR:KH:KX:LT", "MODIFIERS RA GK"), filing="MB", at="SV101-06"),
        Example(line=_noted("RR:KH:KX:LT", "99 RA"), filing="MB", at="SV101-06"),
        Example(line=_noted("RR:KH:KX:LT", "RAGK"), filing="MB", at="SV101-06"),
    )

    modifiers = MODIFIERS.when(_may_overflow)
    notes = Part("2400", "NTE", 2, every=True)
    profile = PROFILE

    def judge(
        self, modifiers: tuple[str, ...], notes: tuple[str, ...], profile: Profile
    ) -> Iterator[Said]:
        if "" in modifiers:
            return
        for index, modifier in enumerate(modifiers):
            if modifier in OVERFLOW and index + 1 < _SLOTS:
                yield _misplaced(modifiers, index)
                return
        if len(modifiers) < _SLOTS:
            return
        if modifiers[-1] in OVERFLOW:
            yield from _unlisted(modifiers, notes, profile.overflow == "all")
            return
        listing = [n for n, note in enumerate(notes) if listed(note) - {*modifiers}]
        if listing:
            message = "the line's note lists more modifiers, and neither 99 nor KB says so"
            yield At("modifiers", _SLOTS - 1, also=At("notes", listing[0])), message


def _is_disordered(modifiers: tuple[str, ...]) -> bool:
    """Whether modifiers of a line, not one for a therapist, are in another order than theirs."""
    filled = [m for m in modifiers if m]
    return _THERAPY.isdisjoint(filled) and sorted(filled, key=_rank) != filled


class ModifierOrder(LineRule):
    """On a line for equipment or supplies, pricing modifiers come first, then KX, then the others.

    The equipment contractors read what prices the line (NU, UE, RR, KE, KH, KI, KJ) from the first
    places, and next whether the policy's requirements are met. Other services have other orders,
    so that lines are looked at by how their code begins: A4 to A9, B, E, K and L. For a code of a
    rule pack nothing is said of modifiers that MOD008 and MOD011 speak of.
    """

    code = "MOD007"
    name = "modifier-order"
    fault = "Modifiers in the wrong order"
    level = 6
    severity = Severity.WARNING
    speaks = Speaks.MEDICARE_ONLY
    source = "Noridian, DME MAC: the page on modifiers"
    addresses = ("https://med.noridianmedicare.com/web/jddme/topics/modifiers",)
    conflict = (
        "A supplier notice of 2009 also orders the pricing modifiers among themselves: NU, RR or "
        "UE, then KE, then the month of a rental. Noridian's page does not, and their order among "
        "themselves is not judged."
    )
    help = (
        "Write what prices the line first (NU, UE, RR, KE, KH, KI, KJ), then KX, then what informs."
    )
    valid = (
        Example(line=("SV1*HC:E0781:RR:KH:KX:LT*120*UN*1***1",), filing="MB"),
        Example(line=("SV1*HC:E0781:KH:RR*120*UN*1***1",), filing="MB"),
        Example(line=("SV1*HC:97110:GP:KX*120*UN*1***1",), filing="MB"),
        Example(line=("SV1*HC:66984:LT:KX*120*UN*1***1",), filing="MB"),
        Example(line=("SV1*HC:E0781:KX:RR*120*UN*1***1",), filing="CI"),
    )
    invalid = (
        Example(
            line=("SV1*HC:E0781:KX:RR:KH*120*UN*1***1",),
            filing="MB",
            at="SV101-04",
            fixed=(("SV1*HC:E0781:KX:RR:KH*120*UN*1***1", "SV1*HC:E0781:RR:KH:KX*120*UN*1***1"),),
        ),
        Example(
            line=("SV1*HC:E0781:LT:KX:::PUMP*120*UN*1***1",),
            filing="MB",
            at="SV101-04",
            fixed=(
                (
                    "SV1*HC:E0781:LT:KX:::PUMP*120*UN*1***1",
                    "SV1*HC:E0781:KX:LT:::PUMP*120*UN*1***1",
                ),
            ),
        ),
    )

    modifiers = MODIFIERS.when(_is_disordered)
    procedure = CODE
    pack = PACK

    def judge(
        self, modifiers: tuple[str, ...], procedure: str, pack: Pack | None
    ) -> Iterator[Said]:
        if "" in modifiers or not _EQUIPMENT.match(procedure):
            return
        judged = tuple(m for m in modifiers if not _is_spoken_of(m, pack))
        if not _is_disordered(judged):
            return
        late = next(
            m for m, next_ in zip(judged[1:], judged, strict=False) if _rank(m) < _rank(next_)
        )
        what = "prices the line" if late in _PRICING else "says that requirements are met"
        message = f"modifier {late} {what}, and appears after modifiers that follow it in the order"
        fix = _reordered(sorted(modifiers, key=_rank), "put the modifiers in order")
        yield At("modifiers", modifiers.index(late), fix=fix), message


def _is_spoken_of(modifier: str, pack: Pack | None) -> bool:
    """Whether a rule about the code's own pack speaks of the modifier."""
    return pack is not None and (
        modifier in pack.pointless_modifiers or modifier in pack.attesting_modifiers
    )


def _misplaced(modifiers: tuple[str, ...], index: int) -> Said:
    """What is said of 99 or KB in another slot than the fourth; a fix where all four are taken."""
    modifier, component = modifiers[index], FIRST_MODIFIER + index
    room = _SLOTS - len(modifiers)
    if room:
        message = f"modifier {modifier} says that there are more than four, and {room} would fit"
        return At("modifiers", index), message
    message = f"modifier {modifier} is in SV101-{component}; its place is SV101-{LAST_MODIFIER}"
    if modifiers[-1] in OVERFLOW:
        return At("modifiers", index), message
    ordered = [*modifiers[:index], *modifiers[index + 1 :], modifier]
    fix = _reordered(ordered, f"move {modifier} to the end")
    return At("modifiers", index, fix=fix), message


def _unlisted(
    modifiers: tuple[str, ...], notes: tuple[str, ...], everything: bool
) -> Iterator[Said]:
    """What is said where no note lists what 99 or KB in the fourth slot announces."""
    overflow = modifiers[-1]
    last = At("modifiers", _SLOTS - 1)
    if not notes:
        message = f"modifier {overflow} without a note (NTE in loop 2400) that lists the others"
        yield last, message
        return
    found = {m for note in notes for named in possible(note) for m in named.modifiers}
    missing = [m for m in modifiers[:-1] if m not in found]
    if found <= {*modifiers}:
        message = f"the line's note names no modifier besides those that {overflow} comes with"
        yield At("notes", 0, also=last), message
    elif everything and missing:
        named = ", ".join(safe_code(MODIFIER, modifier) for modifier in missing)
        message = f"the payer wants every modifier in the note; {named} not found"
        yield At("notes", 0, also=last), message


class Named(NamedTuple):
    """What a note may list in one word: where, and which modifiers."""

    start: int
    end: int
    modifiers: frozenset[str]


def possible(text: str) -> list[Named]:
    """The published modifiers that a note may list.

    Several without a space, figures, and what is also a word of its own, count only where a list
    would begin: first in the note, or behind a word that heads one.
    """
    certain = listed(text)
    found: list[Named] = []
    begins, headed = True, False
    matches = list(_WORD.finditer(text.upper()))
    words = [match[0] for match in matches]
    for match, before, behind in zip(matches, ["", *words], [*words[1:], ""], strict=False):
        word = match[0]
        if word in _HEADINGS or word in OVERFLOW:
            begins, headed = True, word in _HEADINGS
            continue
        pairs = set() if _is_of_quantity(before, word, behind) else _modifiers_in(word)
        own = word not in _NO_MODIFIERS
        begins = begins and bool(pairs) and (own or headed)
        alone = own and len(word) == 2 and not word.isdigit()
        if pairs and (begins or alone or pairs <= certain):
            found.append(Named(*match.span(), frozenset(pairs) - OVERFLOW))
    return found


def listed(text: str) -> set[str]:
    """The modifiers that a note lists, if it is nothing but a list, or ends with one that a word
    heads; else none.
    """
    match = LIST.fullmatch(text.upper())
    if match is None:
        return set()
    words = _WORD.findall(match["list"])
    found: set[str] = set()
    for before, word, behind in zip(["", *words], words, [*words[1:], ""], strict=False):
        pairs = _modifiers_in(word)
        named = match["head"] is None and word in _UNITS | _TITLES
        if not pairs or named or _is_of_quantity(before, word, behind):
            return set()
        found |= pairs
    return found - OVERFLOW


def _is_of_quantity(before: str, word: str, behind: str) -> bool:
    """Whether a word is the number or the unit of a quantity."""
    counted = word in _UNITS and before.isdigit()
    return counted or (word.isdigit() and behind in _UNITS)


def _modifiers_in(word: str) -> set[str]:
    """The modifiers that a word consists of: one, or several without a space; else none.

    Several are none where the letters may as well be those of a word.
    """
    pairs = _pairs(word)
    if len(word) % 2 or not all(map(is_published, pairs)):
        return set()
    may_be_word = (
        word.isalpha()
        and _VOWEL.search(word) is not None
        and all(_VOWEL.search(pair) or pair in _WITHIN_WORDS for pair in pairs)
        and not _USUAL.issuperset(pairs)
    )
    return set() if len(pairs) > 1 and may_be_word else set(pairs)


def is_published(modifier: str) -> bool:
    from edi_lint.codes import modifiers

    return modifiers.look_up(modifier).standing is Standing.VALID


def _pairs(word: str) -> list[str]:
    return [word[n : n + 2] for n in range(0, len(word), 2)]


def _rank(modifier: str) -> int:
    """Where a modifier stands among the others: what prices, KX, what informs, overflow."""
    if modifier in _PRICING:
        return 0
    if modifier in OVERFLOW:
        return 3
    return 1 if modifier == ATTESTING else 2


def _reordered(modifiers: list[str], message: str) -> Change:
    """The fix that writes the line's modifiers in this order."""
    return Change(
        _rewritten, tuple(modifiers), words=message, applicability=Applicability.SUGGESTED
    )


def _rewritten(sv1: Segment, modifiers: tuple[str, ...]) -> Edit:
    start = sv1.span(1, FIRST_MODIFIER)[0]
    end = sv1.span(1, FIRST_MODIFIER + len(modifiers) - 1)[1]
    return Edit(start, end, separator(sv1).join(modifiers))


RULES: tuple[type[Rule], ...] = (Overflow, ModifierOrder)
