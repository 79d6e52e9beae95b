"""Numbers and codes with a form of their own: COD010 to COD016."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from edi_lint.codes.patterns import REMARK
from edi_lint.engine import SegmentPlace, Shape, ValuePlace
from edi_lint.findings import Applicability, Edit, Fix, Response, Severity
from edi_lint.rules.base import Look, Rule, SegmentRule, ValueRule
from edi_lint.rules.examples import Example
from edi_lint.rules.parts import At, Remedy, Said, Spot

_STEDI = "https://www.stedi.com/changelog/"
_MARKS = "-.()/ "
"""Separators of printed numbers."""
_TAX_ID = "9" * 9
_OTHER_PAYER = (
    *("HI*ABK:G8918", "SBR*S*18*******CI", "OI***Y***Y"),
    "NM1*IL*1*EXAMPLE*PERSON****MI*MEMBER0002",
    "NM1*PR*2*OTHER EXAMPLE PAYER*****PI*PAYER2",
)
"""A claim's diagnosis, and a payer behind the destination payer."""


class _CutMarks(Remedy):
    """Takes separators out of the finding's element, where so many digits are what is left.

    The edits contain no digit of the number but a zero that is added where a part is too short.
    """

    def __init__(
        self,
        marks: str,
        digits: int,
        parts: tuple[int, ...] = (),
        applicability: Applicability = Applicability.AUTOMATIC,
    ) -> None:
        self.marks = marks
        self.digits = digits
        self.parts = parts
        self.applicability = applicability

    def fix(self, spot: Spot, find: Callable[[At], Spot | None]) -> Fix | None:
        segment, element = spot.segment, spot.element
        text = segment.value(element)
        start, end = segment.span(element)
        plain = text.translate({ord(mark): None for mark in self.marks})
        if end - start != len(text) or not (plain.isascii() and plain.isdigit()):
            return None
        edits = [Edit(start + n, start + n + 1, "") for n, c in enumerate(text) if c in self.marks]
        words = f"write the {self.digits} digits alone"
        if self.parts:
            sizes = [len(part) for part in text.split(self.marks)]
            short = [n for n, size in enumerate(self.parts) if sizes[n : n + 1] == [size - 1]]
            if len(sizes) != len(self.parts) or len(short) != 1:
                return None
            at = start + sum(sizes[: short[0]]) + short[0]
            edits = sorted([*edits, Edit(at, at, "0")])
            words = "take the hyphens out, and add the zero that one part lacks"
        if len(plain) + bool(self.parts) != self.digits:
            return None
        return Fix(self.applicability, words, tuple(edits))


_SOCIAL_SECURITY = Response(stc=("A7", "148"))


def _judge_tax_id(kind: str, form: str) -> Iterator[Said]:
    if kind not in ("EI", "SY") or form.rstrip(" ") == _TAX_ID:
        return
    fix = _CutMarks("- ", 9)
    what = "a tax id" if kind == "EI" else "a Social Security number"
    response = None if kind == "EI" else _SOCIAL_SECURITY
    yield At("REF02", fix=fix, response=response), f"REF02 is not {what} of 9 digits"


class TaxId(SegmentRule):
    """A tax id (REF*EI) or Social Security number (REF*SY) has nine digits and nothing else.

    A clearinghouse that publishes its edits rejects any other form, hence a warning. Where only
    dashes or blanks are too much the fix takes them out.
    """

    code = "COD010"
    name = "tax-id"
    fault = "Tax id without nine digits"
    level = 5
    severity = Severity.WARNING
    response = Response(stc=("A7", "128"))
    other_responses = (_SOCIAL_SECURITY,)
    fix_safety = "The digits stay as they are; only separators go."
    source = "a clearinghouse's published edits (STEDI, 2025-12-02, and the edit on SSNs)"
    addresses = (
        "https://www.stedi.com/docs/changelog",
        _STEDI + "new-claim-edit-invalid-social-security-number",
    )
    help = "Write the nine digits of the number, without a dash."
    valid = (
        Example(),
        Example(change=(("REF*EI*690000001", "REF*SY*523456789"),)),
    )
    invalid = (
        Example(
            change=(("REF*EI*690000001", "REF*EI*69-0000001"),),
            at="REF02",
            fixed=(("REF*EI*69-0000001", "REF*EI*690000001"),),
        ),
        Example(change=(("REF*EI*690000001", "REF*EI*69000001"),), at="REF02"),
        Example(
            change=(("REF*EI*690000001", "REF*SY*523-45-6789"),),
            at="REF02",
            fixed=(("REF*SY*523-45-6789", "REF*SY*523456789"),),
        ),
    )
    looks = (
        Look(
            SegmentPlace("REF", ("2010AA", "2010AC", "2010BA", "2010CA"), read=(1,), formed=(2,)),
            _judge_tax_id,
        ),
    )


_DIALLED = Shape(((b"01", b"0"), (b"23456789", b"9")), others=b"x")
"""Digits with which an area or exchange code may begin as 9, the others as 0, all else as x."""


def _judge_numbers(*texts: str) -> Iterator[Said]:
    """PER03 to PER08: three qualifiers, then three shapes of numbers."""
    for index, (kind, shape) in enumerate(zip(texts[:3], texts[3:], strict=True)):
        element = 4 + 2 * index
        at = f"PER{element:02}"
        if kind == "EX" and "x" in shape:
            yield At(at), f"{at} is not an extension, which has digits only"
        if kind != "TE" or not shape or _is_foreign(shape):
            continue
        if "x" in shape or len(shape) != 10:
            fix = _CutMarks(_MARKS, 10)
            yield At(at, fix=fix), f"{at} is not a telephone number of 10 digits"
        elif shape[0] + shape[3] != "99":
            message = (
                f"the area or exchange code of the telephone number in {at} begins with 0 or 1"
            )
            yield At(at), message


def _is_foreign(shape: str) -> bool:
    """Whether a number begins as those of other countries do: a plus, or 011, and more digits."""
    return len(shape) > 10 and shape.startswith(("000", "x9"))


class Telephone(SegmentRule):
    """A telephone number (PER*TE) has ten digits: area, exchange and line, without separators.

    Area and exchange code begin with 2 to 9. A clearinghouse that publishes its edits rejects other
    numbers with status 127, hence a warning. A leading 1 is not part of the number. Numbers of
    other countries (+ or 011), fax numbers and e-mail addresses are not judged; an extension
    (PER*EX) has digits only.
    """

    code = "COD011"
    name = "telephone"
    fault = "Telephone number without ten digits"
    level = 5
    severity = Severity.WARNING
    response = Response(stc=("A7", "127"))
    fix_safety = "The digits stay as they are; only separators go."
    source = "a clearinghouse's published edits (STEDI): telephone numbers"
    addresses = (_STEDI + "claim-edit-phone-numbers-with-invalid-area-or-exchange-codes",)
    help = "Write the ten digits alone, such as 2125550100, and an extension in PER*…*EX."
    valid = (
        Example(),
        Example(change=(("TE*5555550100", "TE*5555550100*EX*123"),)),
        Example(change=(("TE*5555550100", "FX*555-555-0100"),)),
        Example(change=(("TE*5555550100", "TE*+442071234567"),)),
        Example(change=(("TE*5555550100", "TE*011442071234567"),)),
    )
    invalid = (
        Example(
            change=(("TE*5555550100", "TE*555-555-0100"),),
            at="PER04",
            fixed=(
                (
                    "PER*IC*EXAMPLE DESK*TE*555-555-0100",
                    "PER*IC*EXAMPLE DESK*TE*5555550100",
                ),
            ),
        ),
        Example(change=(("TE*5555550100", "TE*15555550100"),), at="PER04"),
        Example(change=(("TE*5555550100", "TE*0555550100"),), at="PER04"),
        Example(change=(("TE*5555550100", "TE*5551550100"),), at="PER04"),
        Example(change=(("TE*5555550100", "TE*5555550100*EX*A12"),), at="PER06"),
    )
    looks = (
        Look(
            SegmentPlace(
                "PER", read=(3, 5, 7), shaped=((4, _DIALLED), (6, _DIALLED), (8, _DIALLED))
            ),
            _judge_numbers,
        ),
    )


_NDC = "9" * 11
_PARTS_OF_NDC = (5, 4, 2)


def _judge_drug(kind: str, form: str) -> Iterator[Said]:
    if kind != "N4" or form.rstrip(" ") == _NDC:
        return
    plain = form.replace("-", "")
    if plain == _NDC:
        yield At("LIN03", fix=_CutMarks("-", 11)), "the drug code (NDC) in LIN03 has hyphens"
        return
    fix = _CutMarks("-", 11, _PARTS_OF_NDC, Applicability.SUGGESTED)
    yield At("LIN03", fix=fix), "the drug code (NDC) in LIN03 does not have 11 digits"


def _judge_quantity(shape: str) -> Iterator[Said]:
    if shape and ("9" not in shape or shape.startswith("-")):
        message = "the quantity of the drug (CTP04) is not greater than zero"
        yield At("CTP04", severity=Severity.WARNING), message


def _judge_paid_units(shape: str) -> Iterator[Said]:
    if shape and ("9" not in shape or shape.startswith("-")):
        message = "the units that were paid (SVD05) are not greater than zero"
        yield At("SVD05", severity=Severity.WARNING), message


class DrugCode(SegmentRule):
    """A drug code (LIN02 N4) has 11 digits without hyphens, and its quantity is more than zero.

    The 11 digits are the labeller, the product and the package (5, 4 and 2). A code printed with
    ten digits lacks a zero in one of its three parts; only hyphens show in which. Other kinds of
    LIN02 (EN, EO, HI, ON, UK, UP) have no such form. That the quantity (CTP04) and the units paid
    by another payer (SVD05) are more than zero rests on one clearinghouse, hence warnings.
    """

    code = "COD012"
    name = "drug-code"
    fault = "Drug code or quantity in a wrong form"
    level = 5
    severity = Severity.ERROR
    response = Response(stc=("A7", "218"))
    fix_safety = "Eleven digits are there; only the hyphens go."
    source = (
        "X12, request for interpretation 2151 (where code, quantity and unit are); a "
        "clearinghouse's published edits (STEDI, 2025-12-10, and the edit on the form)"
    )
    addresses = (
        "https://x12.org/resources/requests-for-interpretation/rfi-2151-cpt04-units-837i-and-837p",
        _STEDI + "new-claim-edit-invalid-ndc-format",
        _STEDI + "new-claim-edit-invalid-drug-unit-count",
    )
    help = "Write the 11 digits of the NDC in LIN03, and how much was given in CTP04."
    _line = "SV1*HC:J2795*120*UN*1***1"
    valid = (
        Example(line=(_line, "LIN**N4*00409116401", "CTP****10.5*ML")),
        Example(line=(_line, "LIN**UP*0123456789", "CTP****1*UN")),
    )
    invalid = (
        Example(
            line=(_line, "LIN**N4*00409-1164-01", "CTP****10*ML"),
            at="LIN03",
            fixed=(("LIN**N4*00409-1164-01", "LIN**N4*00409116401"),),
        ),
        Example(
            line=(_line, "LIN**N4*0409-1164-01", "CTP****10*ML"),
            at="LIN03",
            fixed=(("LIN**N4*0409-1164-01", "LIN**N4*00409116401"),),
        ),
        Example(line=(_line, "LIN**N4*0409116401", "CTP****10*ML"), at="LIN03"),
        Example(line=(_line, "LIN**N4*00409116401", "CTP****0*ML"), at="CTP04"),
        Example(line=(_line, "LIN**N4*00409116401", "CTP****-1*ML"), at="CTP04"),
    )
    looks = (
        Look(SegmentPlace("LIN", ("2410",), read=(2,), formed=(3,)), _judge_drug),
        Look(SegmentPlace("CTP", ("2410",), shaped=((4, Shape.AMOUNT),)), _judge_quantity),
        Look(SegmentPlace("SVD", ("2430",), shaped=((5, Shape.AMOUNT),)), _judge_paid_units),
    )


_EXTERNAL_CAUSES = "VWXY"
_SEQUELA = "S"
_WHOLE_CODE = 7


class FirstDiagnosis(ValueRule):
    """The first diagnosis is neither an external cause nor the sequela of an injury.

    Codes of V to Y say how an injury came about, and a code with the seventh character S names what
    remained of one: both stand behind the code of the condition that was treated, also where they
    are the only ones.
    """

    code = "COD013"
    name = "first-diagnosis"
    fault = "Diagnosis that cannot be the first"
    level = 5
    severity = Severity.ERROR
    response = Response(stc=("A7", "254"))
    source = (
        "ICD-10-CM guidelines (external causes and sequelae), as a clearinghouse's published edits "
        "(STEDI, 2026-01-21 and an earlier one) state them"
    )
    addresses = (
        "https://www.cdc.gov/nchs/icd/icd-10-cm/index.html",
        _STEDI
        + "new-claim-edit-a-sequela-code-can%E2%80%99t-be-the-primary-icd-10-cm-diagnosis-code",
        "https://www.stedi.com/changelog/page/5",
    )
    help = "Write the condition that was treated first, and this code behind it."
    valid = (
        Example(claim=("HI*ABK:M25511*ABF:S42201S",)),
        Example(claim=("HI*ABK:S42201A*ABF:W010XXA",)),
        Example(claim=("HI*ABK:S42201A*ABF:S42201S",)),
    )
    invalid = (
        Example(claim=("HI*ABK:W010XXA*ABF:S42201A",), at="HI01-02"),
        Example(claim=("HI*ABK:S42201S*ABF:M25511",), at="HI01-02"),
        Example(claim=("HI*ABK:S42201S",), at="HI01-02"),
    )
    places = (ValuePlace("HI", 1, 2, when_element=1, when_component=1, when_value="ABK"),)

    def judge(self, value: str) -> str | None:
        if value[:1] in _EXTERNAL_CAUSES:
            return "an external cause of an injury is never the first diagnosis"
        if len(value) == _WHOLE_CODE and value.endswith(_SEQUELA):
            return "the sequela of an injury (seventh character S) is never the first diagnosis"
        return None


_UPIN = re.compile("A9{5}|A{3}9{3}")
_FORMS: dict[str, tuple[re.Pattern[str], str]] = {
    "1G": (_UPIN, "a UPIN: a letter and five digits, or three letters and three digits"),
    "EW": (re.compile("9{6}"), "a mammography certification number of six digits"),
    "X4": (re.compile("[A9]{2}[A]9{7}"), "a CLIA number: ten characters, the third of them D"),
}


def _judge_number(kind: str, form: str) -> Iterator[Said]:
    expected = _FORMS.get(kind)
    if expected and form and not expected[0].fullmatch(form.rstrip(" ")):
        yield At("REF02"), f"REF02 is not {expected[1]}"


class ReferenceForm(SegmentRule):
    """A reference number has the form that its kind (REF01) has.

    Judged are a UPIN (1G), the certification number of a mammography site (EW) and a laboratory's
    CLIA number (X4). Each form is a receiver's or the issuer's, hence a warning.
    """

    code = "COD014"
    name = "reference-form"
    fault = "Reference number in a wrong form"
    level = 5
    severity = Severity.WARNING
    source = (
        "a clearinghouse's published edits (STEDI) for UPIN; CMS CR 5577 for mammography; Tebra, "
        "list of rejections, for CLIA numbers"
    )
    addresses = (
        _STEDI + "claim-edit-invalid-provider-upin-format",
        "https://pdfslide.us/documents/cms-manual-system-2019-09-14-32-of-the-form-cms-1500-for-"
        "paper-claims-or-in-the.html",
    )
    help = "Compare the number with the card or letter that it was given with."
    valid = (
        Example(claim=("REF*X4*36D0123456", "HI*ABK:G8918")),
        Example(claim=("REF*EW*123456", "HI*ABK:G8918")),
    )
    invalid = (
        Example(claim=("REF*X4*360123456", "HI*ABK:G8918"), at="REF02"),
        Example(claim=("REF*EW*12345", "HI*ABK:G8918"), at="REF02"),
        Example(
            claim=(
                "HI*ABK:G8918",
                "NM1*82*1*EXAMPLE*PROVIDER****XX*1002167124",
                "REF*1G*12345",
            ),
            at="REF02",
        ),
    )
    looks = (
        Look(
            SegmentPlace(
                "REF",
                (
                    *("2300", "2310A", "2310B", "2310C", "2310D"),
                    *("2400", "2420A", "2420D", "2420E", "2420F"),
                ),
                read=(1,),
                formed=(2,),
            ),
            _judge_number,
        ),
    )


_REMARKS = range(3, 8)


def _judge_remarks(*codes: str) -> Iterator[Said]:
    for n, code in zip(_REMARKS, codes, strict=True):
        if code and not REMARK.fullmatch(code.rstrip(" ")):
            at = f"MOA{n:02}"
            yield At(at), f"{at} is not a remark code: M, MA or N with a number behind it"


class RemarkForm(SegmentRule):
    """A remark code that another payer gave (MOA03 to MOA07) has the form of one.

    Remark codes are M, MA or N with a number. A clearinghouse rejects codes that are not in the
    list of remark codes. edi-lint has no such list, so it judges the form alone. A reason of an
    adjustment, such as 45 or CO45, does not have it.
    """

    code = "COD015"
    name = "remark-code-form"
    fault = "Remark code in a wrong form"
    level = 5
    severity = Severity.WARNING
    source = (
        "a clearinghouse's published edits (STEDI) on remark codes in claims with several payers; "
        "its page has no date"
    )
    addresses = (_STEDI + "claim-edit-invalid-remark-code-in-cob-claims",)
    help = (
        "Copy the remark codes from the other payer's remittance: those of its MOA segment. "
        "Reasons of adjustments belong in CAS."
    )
    valid = (
        Example(claim=(*_OTHER_PAYER[:3], "MOA***MA01*N130*M1", *_OTHER_PAYER[3:])),
        Example(claim=(*_OTHER_PAYER[:3], "MOA*80*12.5", *_OTHER_PAYER[3:])),
    )
    invalid = (
        Example(claim=(*_OTHER_PAYER[:3], "MOA***CO45", *_OTHER_PAYER[3:]), at="MOA03"),
        Example(claim=(*_OTHER_PAYER[:3], "MOA***MA01*45", *_OTHER_PAYER[3:]), at="MOA04"),
    )
    looks = (Look(SegmentPlace("MOA", ("2320",), read=tuple(_REMARKS)), _judge_remarks),)


_MOST_CODES = 12


def _judge_gaps(*filled: str) -> Iterator[Said]:
    last = max((n for n, one in enumerate(filled, 1) if one), default=0)
    for n in range(1, last):
        if not filled[n - 1]:
            at = f"HI{n:02}"
            yield At(at), f"{at} is empty, and HI{last:02} is not"
            return


class CodesInARow(SegmentRule):
    """The codes of an HI follow one another, without an empty element between them.

    A line points to a diagnosis by its number (SV107). Where an element is empty, whether the codes
    behind it count by their place or one after the other is open, and so is what the line is for.
    """

    code = "COD016"
    name = "codes-in-a-row"
    fault = "Empty element between codes"
    level = 5
    severity = Severity.WARNING
    source = "general knowledge of the guide; no receiver's edit was found"
    help = "Move the codes up, and check that SV107 points to those that are meant."
    valid = (
        Example(claim=("HI*ABK:G8918*ABF:M75121*ABF:Z96611",)),
        Example(claim=("HI*ABK:G8918", "HI*BG:01*BG:02")),
    )
    invalid = (
        Example(claim=("HI*ABK:G8918**ABF:M75121",), at="HI02"),
        Example(claim=("HI*ABK:G8918*ABF:M75121***ABF:Z96611",), at="HI03"),
        Example(claim=("HI*ABK:G8918", "HI*BG:01**BG:02"), at="HI02"),
    )
    looks = (
        Look(SegmentPlace("HI", ("2300",), filled=tuple(range(1, _MOST_CODES + 1))), _judge_gaps),
    )


RULES: tuple[type[Rule], ...] = (
    TaxId,
    Telephone,
    DrugCode,
    FirstDiagnosis,
    ReferenceForm,
    RemarkForm,
    CodesInARow,
)
