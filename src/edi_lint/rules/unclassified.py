"""Codes that say too little by themselves, and the units of lines: SVC004 and SVC005."""

from __future__ import annotations

import re
from collections.abc import Iterator

from edi_lint.claims.views import amount
from edi_lint.codes.noc import is_not_classified
from edi_lint.findings import Response, Severity
from edi_lint.packs import Pack
from edi_lint.packs.profiles import Profile
from edi_lint.rules.base import LineRule, PackRule, Rule
from edi_lint.rules.examples import DATE, Example
from edi_lint.rules.parts import CODE, IS_MEDICARE, PROFILE, At, Part, Said

_SUPPLIERS_PROFILE = "medicare-dme"
_DESCRIPTION = Part("2400", "SV1", 1, 7, 7)
_ORDER = "NM1*DK*1*EXAMPLE*DOCTOR****XX*1234567893"


class NotClassified(LineRule):
    """A line for a code that is not otherwise classified says in words what was supplied.

    Such a code is used for anything that has no code of its own, so that a payer cannot price the
    line without a description (SV101-7). DME MACs reject a line without it (status 306), and want
    the details in the line's note (NTE) too. Medicare's Part B contractors also take the note of
    the line or of the claim. For other payers a note, or the number of a product or drug (LIN),
    is enough to make it information. Which codes these are is CMS's list of 2019, without those
    that name a drug and its dose; newer ones are not known here.
    """

    code = "SVC004"
    name = "not-classified"
    fault = "Code not otherwise classified, without a description"
    level = 6
    severity = Severity.ERROR
    response = Response(stc=("A8", "306"), carc="16", rarc=("N350",))
    source = (
        "CMS's list of codes not otherwise classified (2019); joint notice of the DME MACs and CGS "
        "Part B on such codes; First Coast and Kareo for SV101-7; CEDI, top edits, for status 306"
    )
    addresses = (
        "https://cgsmedicare.com/jb/pubs/news/2016/08/cope362.html",
        "https://cgsmedicare.com/partb/pubs/news/2025/03/cope173832.html",
        "https://med.noridianmedicare.com/web/jadme/claims-appeals/claim-submission/NOC",
    )
    help = (
        "Say in SV101-7 what was supplied: a name, the maker and the model or the size. For a DME "
        "MAC repeat it in the line's note (NTE*ADD) with the price."
    )
    valid = (
        Example(line=("SV1*HC:A9999:::::WALKER TRAY*120*UN*1***1",)),
        Example(
            line=("SV1*HC:J3490*120*UN*1***1", DATE, "NTE*ADD*DRUG X 5 MG"),
            filing="MB",
            change=(("NM1*PR*2*EXAMPLE PAYER*", "NM1*PR*2*MEDICARE PART B EXAMPLE*"),),
        ),
        Example(
            line=(
                "SV1*HC:E1399:NU:GY:::SHOWER CHAIR*120*UN*1***1",
                DATE,
                "NTE*ADD*SHOWER CHAIR MODEL 5",
                _ORDER,
            ),
            filing="MB",
            change=(("NM1*PR*2*EXAMPLE PAYER*", "NM1*PR*2*EXAMPLE DME MAC*"),),
        ),
    )
    invalid = (
        Example(line=("SV1*HC:A9999*120*UN*1***1",), at="SV101-07"),
        Example(line=("SV1*HC:A9999*120*UN*1***1", DATE, "NTE*ADD*TRAY"), at="SV101-07"),
        Example(
            line=("SV1*HC:A4649*120*UN*1***1", DATE, "LIN**UP*0123456789", "CTP****1*UN"),
            at="SV101-07",
        ),
        Example(
            line=(
                *("SV1*HC:E1399:NU:GY*120*UN*1***1", DATE, "NTE*ADD*SHOWER CHAIR MODEL 5"),
                _ORDER,
            ),
            filing="MB",
            change=(("NM1*PR*2*EXAMPLE PAYER*", "NM1*PR*2*EXAMPLE DME MAC*"),),
            at="SV101-07",
        ),
        Example(
            line=("SV1*HC:E1399:NU:GY:::SHOWER CHAIR*120*UN*1***1", DATE, _ORDER),
            filing="MB",
            change=(("NM1*PR*2*EXAMPLE PAYER*", "NM1*PR*2*EXAMPLE DME MAC*"),),
            at="SV101-07",
        ),
    )

    procedure = CODE.when(is_not_classified)
    description = _DESCRIPTION
    note = Part("2400", "NTE", 2)
    note_of_claim = Part("2300", "NTE", 2)
    product = Part("2410", "LIN", 3)
    profile = PROFILE
    is_medicare = IS_MEDICARE

    def judge(
        self,
        procedure: str,
        description: str,
        note: str,
        note_of_claim: str,
        product: str,
        profile: Profile,
        is_medicare: bool,
    ) -> Iterator[Said]:
        to_supplier = profile.name == _SUPPLIERS_PROFILE
        if description.strip():
            if to_supplier and not note.strip():
                message = f"{procedure} is described in SV101-7, but not in the line's note (NTE)"
                yield At("description", severity=Severity.WARNING), message
            return
        is_noted = bool(note.strip() or note_of_claim.strip())
        if is_noted and is_medicare and not to_supplier:
            return
        severity = Severity.ERROR if to_supplier else Severity.WARNING
        if (is_noted or (product and not is_medicare)) and not to_supplier:
            severity = Severity.INFO
        message = f"{procedure} is used for anything without a code: SV101-7 must say what it was"
        yield At("description", severity=severity), message


_VOLUME = re.compile(r"(?<![\d.,/])(\d{2,4})(?:\.0+)? ?(?:ML|CC)(?![A-Z/])(?! ?(?:/|PER))")
_MOST_A_DAY = 10


def _volumes(text: str) -> frozenset[str]:
    """The volumes in millilitres that a note names; those of a rate are not among them."""
    return frozenset(_VOLUME.findall(text.upper()))


class MillilitresAsUnits(PackRule):
    """The units of A4306 count systems, not the millilitres that are in them.

    One unit is one system. Units that are equal to the volume in the line's note, or in the claim's
    note where the line has none, were taken from there. More than ten systems on one line are
    unusual, which is information: no official limit was found.
    """

    needs = frozenset({"2400 NTE", "2300 NTE"})
    code = "SVC005"
    name = "units-of-volume"
    fault = "Units look like millilitres, or are many"
    level = 6
    severity = Severity.WARNING
    response = Response(stc=("A7", "476"))
    source = (
        "CMS 2019 alpha-numeric HCPCS file: the descriptor of A4306 counts systems; that volumes "
        "are taken for units is general knowledge"
    )
    addresses = ("https://github.com/dewittpe/cms.hcpcs",)
    help = "Write in SV104 how many systems were supplied."
    valid = (
        Example(
            line=("SV1*HC:A4306*120*UN*1***1", DATE, "NTE*ADD*ROPIVACAINE 400 ML 5 ML/HR PER ORDER")
        ),
        Example(line=("SV1*HC:A4306*120*UN*5***1", DATE, "NTE*ADD*ROPIVACAINE 5 ML/HR PER ORDER")),
    )
    invalid = (
        Example(
            line=("SV1*HC:A4306*120*UN*400***1", DATE, "NTE*ADD*ROPIVACAINE 400 ML PER ORDER"),
            at="SV104",
        ),
        Example(
            line=("SV1*HC:A4306*120*UN*400***1",),
            claim=("NTE*ADD*ROPIVACAINE 400ML AT 5 ML/HR", "HI*ABK:G8918"),
            at="SV104",
        ),
        Example(line=("SV1*HC:A4306*120*UN*11***1",), at="SV104"),
    )

    units = Part("2400", "SV1", 4)
    notes = Part("2400", "NTE", 2, every=True)
    notes_of_claim = Part("2300", "NTE", 2, every=True)

    def judge(
        self,
        pack: Pack,
        procedure: str,
        units: str,
        notes: tuple[str, ...],
        notes_of_claim: tuple[str, ...],
    ) -> Iterator[Said]:
        number = amount(units)
        if number is None or number <= 1:
            return
        text = "\n".join(notes or notes_of_claim)
        if number in {amount(volume) for volume in _volumes(text)}:
            message = f"the units of {procedure} are the millilitres of the note; one is one system"
            yield At("units"), message
        elif number > _MOST_A_DAY:
            message = f"more than {_MOST_A_DAY} systems of {procedure} on one line"
            yield At("units", severity=Severity.INFO), message


RULES: tuple[type[Rule], ...] = (NotClassified, MillilitresAsUnits)
