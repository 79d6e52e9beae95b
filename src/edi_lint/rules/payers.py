"""What particular payers want, as their profiles say (`packs/*.profile.yaml`): PAY001 to PAY007."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from datetime import date

from edi_lint.claims import day
from edi_lint.claims.views import dates_of
from edi_lint.findings import Response, Severity
from edi_lint.packs.profiles import Policy, Profile, Use
from edi_lint.rules.base import ClaimRule, LineRule, Rule, Speaks
from edi_lint.rules.examples import LINE, Example
from edi_lint.rules.paperwork import ON_REQUEST, SENT_SEPARATELY
from edi_lint.rules.parts import (
    CODE,
    ENCOUNTER,
    FILING_TEXT,
    PROFILE,
    SENT,
    SERVICE,
    SERVICE_DAY,
    At,
    Derived,
    Part,
    Said,
    other_payer,
)
from edi_lint.rules.run import Run
from edi_lint.rules.situational import DIAGNOSES, RESUBMISSIONS

HCPCS = "HC"
"""SV101-1: the code is a HCPCS code, of Level I or II."""
ORIGINAL = "1"
"""CLM05-3 of a claim that is sent for the first time, or again because it was never accepted."""
TRANSMISSIONS = SENT_SEPARATELY | {ON_REQUEST}
"""PWK02: how documents get to the payer."""
CERTIFICATE = "CT"
"""PWK01: a certificate of medical necessity, of the time when there were some."""

ORDERED = (*LINE, "NM1*DK*1*EXAMPLE*PROVIDER****XX*1234567893")
"""A line with the ordering provider that a DME MAC wants (SIT015)."""
PAYER = "NM1*PR*2*EXAMPLE PAYER*"
"""The destination payer of the examples, up to its name."""


def sent_on(day: str) -> tuple[str, str]:
    """The change of an example's file that gives it another BHT04."""
    return "*20260110*1200*CH", f"*{day}*1200*CH"


TAKES_REPLACEMENTS = (
    "extends: medicare",
    "frequencies:",
    '  accepted: ["1", "7"]',
    "  citation: the plan's manual, page 12",
)
WANTS_AUTHORIZATION = (
    "policies:",
    "  A4306:",
    "    authorization:",
    "      citation: the plan's manual, page 40",
)
REVIEWS = (
    "policies:",
    "  A4306:",
    "    verdict: review",
    "    reason: use beyond 72 hours is reviewed",
    "    citation: the plan's medical policy 7.01",
)
HAS_SUPPLIERS = (
    "policies:",
    "  A4306:",
    "    suppliers:",
    '      accepted: ["1002167124"]',
    "      citation: the plan's list of suppliers, 2026",
)
NINETY_DAYS = ("filing:", "  days: 90", "  citation: the plan's manual, page 3")


def _policy(run: Run, profile: Profile, code: str, qualifier: str) -> Policy | None:
    """What the claim's payer states of the code of a line; None where it is not a HCPCS code."""
    del run
    return profile.policies.get(code.upper()) if qualifier == HCPCS else None


def where_stated(aspect: Callable[[Policy], object]) -> Derived:
    """Whether any payer's profile states something of a line's code: only then a rule is asked."""

    def is_stated(run: Run, code: str) -> bool:
        policies = (profile.policies.get(code.upper()) for profile in run.profiles.all)
        return any(policy is not None and aspect(policy) for policy in policies)

    return Derived(is_stated, CODE).when(bool)


POLICY = Derived(_policy, PROFILE, CODE, Part("2400", "SV1", 1, 1, 1))
"""What the claim's payer states of the code of a line."""


class WrongPayer(LineRule):
    """An item goes to the Medicare contractor that its place of service points to.

    Codes such as A4305 and A4306 are the Part B contractor's when the item is incident to a
    physician's service, and the DME MAC's otherwise; the wrong one denies them. Whether an item is
    incident to a service does not stand in the claim. The place of service points to it: an
    office speaks for Part B, the patient's home for the DME MAC. That these codes have the joint
    wording is general knowledge, hence a warning. Where the payer's name says neither DME nor
    Part B nothing is said. A payer profile of your own states this for other codes and payers.
    """

    needs = frozenset({"2000B SBR", "2010BB NM1"})
    code = "PAY001"
    name = "wrong-payer"
    fault = "Wrong Medicare contractor"
    level = 7
    severity = Severity.WARNING
    response = Response(carc="109", rarc=("N104",))
    source = (
        "FCSO, DMEPOS jurisdiction list 2024 (the wording); general knowledge (the row of A4305 "
        "and A4306); Noridian, denial pages (109 and N104)"
    )
    help = (
        "Send the line to the contractor that is in charge of it. If the place of service is "
        "wrong, correct that: for an item used at home it is 12, wherever it was handed out."
    )
    valid = (
        Example(line=ORDERED, filing="MB", change=((PAYER, "NM1*PR*2*EXAMPLE DME MAC*"),)),
        Example(
            clm="CLM*EX-1*120***11:B:1*Y*A*Y*Y",
            filing="MB",
            change=((PAYER, "NM1*PR*2*MEDICARE PART B EXAMPLE*"),),
        ),
        Example(clm="CLM*EX-1*120***11:B:1*Y*A*Y*Y", filing="MB"),
        Example(
            line=("SV1*HC:A4223*120*UN*1***1",),
            filing="MB",
            change=((PAYER, "NM1*PR*2*MEDICARE PART B EXAMPLE*"),),
        ),
    )
    invalid = (
        Example(
            line=ORDERED,
            clm="CLM*EX-1*120***11:B:1*Y*A*Y*Y",
            filing="MB",
            change=((PAYER, "NM1*PR*2*EXAMPLE DME MAC*"),),
            at="SV101-02",
        ),
        Example(
            line=("SV1*HC:A4306*120*UN*1*12**1",),
            clm="CLM*EX-1*120***11:B:1*Y*A*Y*Y",
            filing="MB",
            change=((PAYER, "NM1*PR*2*MEDICARE PART B EXAMPLE*"),),
            at="SV105",
        ),
    )

    stated = where_stated(lambda policy: policy.elsewhere)
    procedure = CODE
    policy = POLICY
    profile = PROFILE
    own = Part("2400", "SV1", 5)
    of_claim = Part("2300", "CLM", 5, 1, 1)

    def judge(
        self, procedure: str, policy: Policy | None, profile: Profile, own: str, of_claim: str
    ) -> Iterator[Said]:
        elsewhere, place = policy and policy.elsewhere, own or of_claim
        if elsewhere and place in elsewhere.places:
            message = (
                f"{procedure} with place of service {place} is sent to {profile.title}; it is for "
                f"{elsewhere.payer} ({elsewhere.citation})"
            )
            yield At("own" if own else "procedure"), message


class MedicareFrequency(ClaimRule):
    """Medicare takes no replacement (frequency 7) and no void (8) of a professional claim.

    A Medicare claim that was rejected is corrected and sent again as new; one that was adjudicated
    goes the way of a reopening or an appeal. That the front end rejects the two frequencies is
    general knowledge, borne out by contractors' pages that never offer them, hence a warning. A
    payer profile of your own that takes the frequency ends it.
    """

    code = "PAY002"
    name = "medicare-frequency"
    fault = "Replacement or void sent to Medicare"
    level = 7
    severity = Severity.WARNING
    speaks = Speaks.MEDICARE_ONLY
    source = "general knowledge; Noridian, reopening and redetermination pages"
    help = (
        "If Medicare rejected the claim or found it unprocessable, send it as new: frequency 1, no "
        "REF*F8. If it was adjudicated, ask for a reopening or appeal."
    )
    valid = (
        Example(clm="CLM*EX-1*120***12:B:1*Y*A*Y*Y", filing="MB"),
        Example(
            clm="CLM*EX-1*120***12:B:7*Y*A*Y*Y",
            claim=("REF*F8*PAYERCLAIM1", "HI*ABK:G8918"),
            filing="16",
        ),
        Example(
            clm="CLM*EX-1*120***12:B:7*Y*A*Y*Y",
            claim=("REF*F8*PAYERCLAIM1", "HI*ABK:G8918"),
            filing="MB",
            profile=TAKES_REPLACEMENTS,
        ),
    )
    invalid = (
        Example(
            clm="CLM*EX-1*120***12:B:7*Y*A*Y*Y",
            claim=("REF*F8*PAYERCLAIM1", "HI*ABK:G8918"),
            filing="MB",
            at="CLM05-03",
        ),
        Example(
            clm="CLM*EX-1*120***12:B:8*Y*A*Y*Y",
            claim=("REF*F8*PAYERCLAIM1", "HI*ABK:G8918"),
            filing="MB",
            at="CLM05-03",
        ),
    )

    frequency = Part("2300", "CLM", 5, 3, 3).when(RESUBMISSIONS.__contains__)
    profile = PROFILE

    def judge(self, frequency: str, profile: Profile) -> Iterator[Said]:
        if profile.frequencies is None or frequency not in profile.frequencies.values:
            message = f"frequency {frequency} to Medicare, which replaces and voids no claims"
            yield At("frequency"), message


def _may_be_overdue(run: Run, sent: date | None, service: str) -> bool:
    """Whether a service is too long ago for some payer."""
    first = day(service)
    limits = (profile.filing for profile in run.profiles.all)
    if sent is None or first is None:
        return False
    return any(limit is not None and sent > limit.last_day(first) for limit in limits)


class TimelyFiling(LineRule):
    """An original claim is sent within the time that the payer gives for it.

    What comes later is denied, and for Medicare that denial cannot be appealed. The time runs from
    the line's first date of service to the day on which the transaction set was made (BHT04, or
    --as-of). Medicare gives 12 months; a service of 29 February has until 28 February, and a
    last day on a weekend or federal holiday becomes the next workday. A claim that was rejected,
    or found unprocessable, does not count as filed. Other payers have the time that a payer
    profile of yours states. Nothing is said of replacements and voids, of encounters (BHT06
    RP), nor of a claim that gives a reason for its delay (CLM20).
    """

    needs = frozenset({"2400 DTP 472"})
    code = "PAY003"
    name = "timely-filing"
    fault = "Filing limit exceeded"
    level = 7
    severity = Severity.ERROR
    response = Response(carc="29", rarc=("N211",))
    no_status = "Front ends take such a claim; the payer denies it later, in the 835."
    source = "FCSO node 5026; Noridian, PGBA and NGS pages on timely filing"
    help = (
        "Check the date of service. If it is right and one of the payer's exceptions applies, "
        "give its delay reason in CLM20; otherwise the payer will not pay."
    )
    valid = (
        Example(line=(*LINE, "DTP*472*D8*20250110"), filing="MB"),
        Example(line=(*LINE, "DTP*472*D8*20240229"), filing="MB", change=(sent_on("20250228"),)),
        # 17 January 2026 is a Saturday, 19 January a holiday
        Example(line=(*LINE, "DTP*472*D8*20250117"), filing="MB", change=(sent_on("20260120"),)),
        Example(
            clm="CLM*EX-1*120***12:B:1*Y*A*Y*Y***********7",
            line=(*LINE, "DTP*472*D8*20240105"),
            filing="MB",
        ),
        Example(line=(*LINE, "DTP*472*D8*20240105")),
        Example(
            line=(*LINE, "DTP*472*D8*20240105"), filing="MB", change=(("*1200*CH", "*1200*RP"),)
        ),
        Example(line=(*LINE, "DTP*472*D8*20251012"), profile=NINETY_DAYS),
    )
    invalid = (
        Example(line=(*LINE, "DTP*472*D8*20240105"), filing="MB", at="DTP03"),
        Example(
            line=(*LINE, "DTP*472*D8*20240229"),
            filing="MB",
            change=(sent_on("20250301"),),
            at="DTP03",
        ),
        Example(
            line=(*LINE, "DTP*472*D8*20250117"),
            filing="MB",
            change=(sent_on("20260121"),),
            at="DTP03",
        ),
        Example(line=(*LINE, "DTP*472*RD8*20250105-20250120"), filing="MB", at="DTP03"),
        Example(
            line=(*LINE, "DTP*472*D8*20251011"),
            profile=NINETY_DAYS,
            at="DTP03",
        ),
    )

    overdue = Derived(_may_be_overdue, SENT, SERVICE_DAY).when(bool)
    encounter = ENCOUNTER
    frequency = Part("2300", "CLM", 5, 3, 3)
    delay_reason = Part("2300", "CLM", 20)
    profile = PROFILE
    sent = SENT
    service = SERVICE

    def judge(
        self,
        encounter: bool,
        frequency: str,
        delay_reason: str,
        profile: Profile,
        sent: date | None,
        service: str,
    ) -> Iterator[Said]:
        filing, first = profile.filing, dates_of(service).first
        if encounter or filing is None or sent is None or first is None:
            return
        late = (sent - filing.last_day(first)).days
        if late > 0 and frequency == ORIGINAL and not delay_reason:
            message = (
                f"sent {late} {'day' if late == 1 else 'days'} after the payer's limit of {filing} "
                f"from the line's first date of service ({filing.citation})"
            )
            yield At("service"), message


class AuthorizationMissing(LineRule):
    """A code has its prior authorization number (REF*G1) where the payer's profile demands it.

    Without the number the payer denies the line, however good the record. A number of the line or
    of its claim counts; one that REF04 gives to another payer does not. Which payers demand it is
    for your own payer profiles to say, each with its citation: no built-in one does.
    """

    needs = frozenset({"2300 REF G1", "2400 REF G1"})
    code = "PAY004"
    name = "authorization-missing"
    fault = "Prior authorization missing"
    level = 7
    severity = Severity.ERROR
    response = Response(carc="197")
    no_status = "Front ends take such a claim; the payer denies it later, in the 835."
    source = "the payer profile's citation; that the denial is 197 is general knowledge"
    help = (
        "Add REF*G1 with the payer's authorization number to the claim or the line. Without one, "
        "ask the payer before the claim is sent; many grant none afterwards."
    )
    valid = (
        Example(claim=("REF*G1*AUTH1", "HI*ABK:G8918"), profile=WANTS_AUTHORIZATION),
        Example(line=(*LINE, "DTP*472*D8*20260105", "REF*G1*AUTH1"), profile=WANTS_AUTHORIZATION),
        Example(line=("SV1*HC:A4305*120*UN*1***1",), profile=WANTS_AUTHORIZATION),
        Example(),
    )
    invalid = (
        Example(profile=WANTS_AUTHORIZATION, at="SV101-02"),
        Example(
            line=(*LINE, "DTP*472*D8*20260105", "REF*G1*AUTH2**2U:PAYER2"),
            profile=WANTS_AUTHORIZATION,
            at="SV101-02",
        ),
    )

    stated = where_stated(lambda policy: policy.authorization)
    procedure = CODE
    policy = POLICY
    of_claim = Part("2300", "REF", 4, qualifier="G1", every=True)
    of_line = Part("2400", "REF", 4, qualifier="G1", every=True)

    def judge(
        self,
        procedure: str,
        policy: Policy | None,
        of_claim: tuple[str, ...],
        of_line: tuple[str, ...],
    ) -> Iterator[Said]:
        if not policy or not policy.authorization:
            return
        if all(map(other_payer, (*of_claim, *of_line))):
            message = (
                f"{procedure} without the prior authorization (REF*G1) that this payer demands "
                f"({policy.authorization})"
            )
            yield At("procedure"), message


class PolicyVerdict(LineRule):
    """A code is sent to a payer whose policy has decided about it.

    Payers' policies judge the same use in opposite ways. A policy against it makes a denial
    predictable, as not medically necessary (CARC 50): a warning, where the profile says by what the
    use is seen and a diagnosis or a note shows it, and otherwise information. If the policy finds
    it covered, or reviews each case, the rule reports the policy with its citation as information,
    for whoever prepares the documents. The finding says what the policy is about. Whether the
    line's use is that use, the claim does not say.
    """

    code = "PAY005"
    name = "payer-policy"
    fault = "Payer policy on this code"
    level = 7
    severity = Severity.WARNING
    source = "the payer profile's citation, such as Anthem CG-DME-09 and IBC 01.00.09c"
    help = (
        "Read the policy. Where it is about this line's use and against it, settle who pays before "
        "the service, or prepare an appeal with the record; where it is for it, send what it asks "
        "for."
    )
    valid = (
        Example(),
        Example(
            line=("SV1*HC:A4223*120*UN*1***1",),
            change=((PAYER, "NM1*PR*2*EXAMPLE AMERIGROUP PLAN*"),),
        ),
        Example(filing="MB", change=((PAYER, "NM1*PR*2*MEDICARE BY ANTHEM*"),)),
    )
    invalid = (
        Example(change=((PAYER, "NM1*PR*2*EXAMPLE AMERIGROUP PLAN*"),), at="SV101-02"),
        Example(change=((PAYER, "NM1*PR*2*Independence Blue Cross*"),), at="SV101-02"),
        Example(
            claim=("HI*ABK:C50911",),
            change=((PAYER, "NM1*PR*2*EXAMPLE AMERIGROUP PLAN*"),),
            at="SV101-02",
        ),
        Example(profile=REVIEWS, at="SV101-02"),
    )

    stated = where_stated(lambda policy: policy.verdict)
    procedure = CODE
    policy = POLICY
    profile = PROFILE
    diagnoses = Part("2300", "HI", 0, 2, qualifier=DIAGNOSES)
    notes = Part("2400", "NTE", 2, every=True)
    notes_of_claim = Part("2300", "NTE", 2, every=True)

    def judge(
        self,
        procedure: str,
        policy: Policy | None,
        profile: Profile,
        diagnoses: tuple[str, ...],
        notes: tuple[str, ...],
        notes_of_claim: tuple[str, ...],
    ) -> Iterator[Said]:
        if not policy or not policy.verdict:
            return
        against = policy.verdict == "never" and _tells_of(
            policy.use, diagnoses, (*notes, *notes_of_claim)
        )
        severity = Severity.WARNING if against else Severity.INFO
        said = _VERDICTS[policy.verdict]
        message = f"{said} {procedure} at {profile.title}: {policy.reason} ({policy.citation})"
        yield At("procedure", severity=severity), message


def _tells_of(use: Use | None, diagnoses: tuple[str, ...], notes: tuple[str, ...]) -> bool:
    """Whether a claim shows the use that a policy is about."""
    if use is None or not use.diagnoses.isdisjoint(diagnoses):
        return True
    text = "\n".join(notes).upper()
    return any(re.search(rf"\b{re.escape(word)}\b", text) for word in use.words)


_VERDICTS = {
    "never": "a policy speaks against",
    "covered": "a policy speaks for",
    "review": "a policy asks for a review of",
}


def _may_be_refused(run: Run, transmissions: tuple[str, ...], filing: str) -> bool:
    """Whether some payer with a claim filing indicator does not take what is sent so."""
    sent = TRANSMISSIONS.intersection(transmissions)
    taken = (profile.transmissions for profile in run.profiles.for_filing(filing))
    return any(t is not None and not sent <= t.values for t in taken)


class TransmissionRefused(ClaimRule):
    """Documents are announced in a way that the payer takes them (PWK02).

    What comes in another way is not looked at, and the claim is judged without it: an error.
    Available on request (AA) to a payer that does not take it is a warning: nothing is on its way
    that could be lost, but nothing will be asked for either. Part B contractors say what they take;
    that they refuse all else only a page of 2012 says, so that their profile makes a warning of
    all. Values that no PWK02 has are the guide's (STR002), and
    a certificate (PWK01 CT) is SIT014's.
    """

    code = "PAY006"
    name = "transmission-refused"
    fault = "Transmission of documents that the payer does not take"
    level = 7
    severity = Severity.ERROR
    no_status = (
        "Front ends do not see how documents are sent; a contractor ignores what it does not take."
    )
    source = (
        "NGS, article 335775; FCSO, page on PWK; CGS, Part B page on PWK (2012) and DME page on "
        "PWK (2020)"
    )
    help = (
        "Send the documents in a way that the payer takes and say so in PWK02, with the number of "
        "the cover sheet in PWK06."
    )
    valid = (
        Example(claim=("PWK*B3*FX***AC*EX1B3", "HI*ABK:G8918"), filing="MB"),
        Example(
            claim=("PWK*B3*EL***AC*EX1B3", "HI*ABK:G8918"),
            line=ORDERED,
            filing="MB",
            change=((PAYER, "NM1*PR*2*EXAMPLE DME MAC*"),),
        ),
        Example(
            claim=("PWK*B3*EL***AC*EX1B3", "HI*ABK:G8918"),
            clm="CLM*EX-1*120***11:B:1*Y*A*Y*Y",
            filing="MB",
            change=((PAYER, "NM1*PR*2*MEDICARE PART B EXAMPLE*"),),
        ),
        Example(claim=("PWK*B3*AA", "HI*ABK:G8918")),
        Example(line=(*LINE, "PWK*CT*AD"), filing="MB"),
        Example(line=(*LINE, "PWK*CT*AA"), filing="MB"),
    )
    invalid = (
        Example(claim=("PWK*B3*EM***AC*EX1B3", "HI*ABK:G8918"), filing="MB", at="PWK02"),
        Example(line=(*LINE, "PWK*B3*AA"), filing="MB", at="PWK02"),
        Example(
            claim=("PWK*B3*FT***AC*EX1B3", "HI*ABK:G8918"),
            clm="CLM*EX-1*120***11:B:1*Y*A*Y*Y",
            filing="MB",
            change=((PAYER, "NM1*PR*2*MEDICARE PART B EXAMPLE*"),),
            at="PWK02",
        ),
    )

    own_types = Part("2300", "PWK", 1, every=True)
    own = Part("2300", "PWK", 2, every=True)
    types_of_lines = Part("2400", "PWK", 1, every=True)
    of_lines = Part("2400", "PWK", 2, every=True)
    refused = Derived(_may_be_refused, own, FILING_TEXT).unless(operator.not_)
    refused_of_lines = Derived(_may_be_refused, of_lines, FILING_TEXT).unless(operator.not_)
    profile = PROFILE

    def judge(
        self,
        own_types: tuple[str, ...],
        own: tuple[str, ...],
        types_of_lines: tuple[tuple[str, ...], ...],
        of_lines: tuple[tuple[str, ...], ...],
        profile: Profile,
    ) -> Iterator[Said]:
        taken = profile.transmissions
        if taken is None:
            return
        announced = [(At("own", n), *pwk) for n, pwk in enumerate(zip(own_types, own, strict=True))]
        for line, both in enumerate(zip(types_of_lines, of_lines, strict=True)):
            own_of_line = enumerate(zip(*both, strict=True))
            announced += [(At("of_lines", line, n), *pwk) for n, pwk in own_of_line]
        for place, report_type, sent in announced:
            if sent in TRANSMISSIONS - taken.values and report_type != CERTIFICATE:
                message = (
                    f"PWK02 {sent} to {profile.title}, which takes documents by "
                    f"{', '.join(sorted(taken.values))} ({taken.citation})"
                )
                place.severity = Severity.WARNING if sent == ON_REQUEST else None
                yield place, message


class SupplierNotListed(LineRule):
    """The billing provider is one of the suppliers that the payer's profile lists for the code.

    Some payers pay an item only when it comes from a supplier they have an agreement with. Which
    ones is for your own payer profiles to say, by NPI and with a citation: no built-in one does.
    """

    code = "PAY007"
    name = "supplier-not-listed"
    fault = "Supplier not on the payer's list"
    level = 7
    severity = Severity.WARNING
    source = "the payer profile's citation; a requirement of this product (vendor limits)"
    help = (
        "If the billing provider's NPI is right, ask the payer whether it pays this supplier, or "
        "have a listed one supply and bill the item."
    )
    valid = (
        Example(
            change=(("*XX*1234567893~", "*XX*1002167124~"),),
            profile=HAS_SUPPLIERS,
        ),
        Example(line=("SV1*HC:A4305*120*UN*1***1",), profile=HAS_SUPPLIERS),
        Example(),
    )
    invalid = (Example(profile=HAS_SUPPLIERS, at="SV101-02"),)

    stated = where_stated(lambda policy: policy.suppliers)
    procedure = CODE
    policy = POLICY
    id_qualifier = Part("2010AA", "NM1", 8)
    billing = Part("2010AA", "NM1", 9)

    def judge(
        self, procedure: str, policy: Policy | None, id_qualifier: str, billing: str
    ) -> Iterator[Said]:
        listed = policy.suppliers if policy else None
        if id_qualifier != "XX" or not billing or not listed or billing in listed.values:
            return
        message = (
            "the billing provider is none of the suppliers that this payer pays for "
            f"{procedure} ({listed.citation})"
        )
        yield At("procedure"), message


RULES: tuple[type[Rule], ...] = (
    WrongPayer,
    MedicareFrequency,
    TimelyFiling,
    AuthorizationMissing,
    PolicyVerdict,
    TransmissionRefused,
    SupplierNotListed,
)
