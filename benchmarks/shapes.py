"""Claim files in which one thing is repeated many times, and what the commands take for them.

Ten times the input must take about ten times the processor, however strange the file is. `run_all`
runs each shape at two sizes, each in a process of its own, and yields a row for each.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import BinaryIO

from benchmarks.measure import ENGINE_VARIABLE, Run, aligned, run

Repeated = Callable[[int], bytes]
"""The bytes of repetition n, counted from 0."""

_ISA = (
    "ISA*00*          *00*          *ZZ*HARBORINFUSION *ZZ*CLEARBRIDGE    *260610*0915*^*00501*"
    "{:09}*0*T*:~"
)
_GS = "GS*HC*HARBORINFUSION*CLEARBRIDGE*20260610*0915*{}*X*005010X222A1~"
_ST = "ST*837*{:04}*005010X222A1~"
_HEADER = (
    "BHT*0019*00*HI20260610A*20260610*0915*CH~"
    "NM1*41*2*HARBOR INFUSION SUPPLY*****46*HIS4420~"
    "PER*IC*DANA WESTCOTT*TE*6145550142~"
    "NM1*40*2*CLEARBRIDGE EXCHANGE*****46*CLRBRG01~"
)
_BILLING = (
    "HL*1**20*1~"
    "PRV*BI*PXC*332B00000X~"
    "NM1*85*2*HARBOR INFUSION SUPPLY*****XX*1002456386~"
    "N3*418 QUARRY MILL RD~"
    "N4*FAIRMEAD*OH*450990142~"
    "REF*EI*697100142~"
)
_SUBSCRIBER = (
    "HL*{}*1*22*0~"
    "SBR*P*18*GRP20417******CI~"
    "NM1*IL*1*OKONMARA*MIRELA*T***MI*LKH770214903~"
    "N3*27 TANAGER CT~"
    "N4*FAIRMEAD*OH*450990337~"
    "DMG*D8*19680214*F~"
    "NM1*PR*2*LAKESHORE MUTUAL HEALTH*****PI*LKSH1~"
)
_CLAIM = "CLM*{}*385***12:B:1*Y*A*Y*Y~PWK*B3*FX***AC*HI10001B3~HI*ABK:G8918*ABF:M75121~"
_LINE = (
    "LX*{}~SV1*HC:{}*385*UN*1***1:2~DTP*472*D8*20260605~REF*6R*HI{}~"
    "NTE*ADD*ROPIVACAINE 0.2 PCT 5 ML/HR 60 HR PER ORDER~"
)
_END = "SE*0*0001~GE*1*101~IEA*1*000000101~"
_PARTS = (
    _ISA.format(101), _GS.format(101), _ST.format(1), _HEADER, _BILLING, _SUBSCRIBER.format(2),
    _CLAIM.format("HI-10001"), _LINE.format(1, "A4306", "L1"), _END,
)  # fmt: skip
ISA, GS, ST, HEADER, BILLING, SUBSCRIBER, CLAIM, LINE, END = range(len(_PARTS))


@dataclass(frozen=True, slots=True)
class Shape:
    """A file with one thing repeated: where (behind a part of the file), and what.

    `inside` puts it into the last segment of that part, before its terminator. With `instead` it
    takes the place of the part.
    """

    behind: int
    repeated: Repeated
    inside: bool = False
    instead: bool = False

    def write(self, out: BinaryIO, count: int) -> None:
        """Write the file with `count` repetitions."""
        for number, part in enumerate(_PARTS):
            if number != self.behind:
                out.write(part.encode())
                continue
            if not self.instead:
                out.write(part[:-1].encode() if self.inside else part.encode())
            for start in range(0, count, 1000):
                out.write(b"".join(map(self.repeated, range(start, min(start + 1000, count)))))
            if self.inside:
                out.write(b"~")


def _same(text: str) -> Repeated:
    data = text.encode()
    return lambda n: data


def _numbered(template: str, first: int = 1) -> Repeated:
    return lambda n: template.format(n + first).encode()


def _line(code: str) -> Repeated:
    return lambda n: _LINE.format(n + 1, code, f"L{n + 1}").encode()


def _other_lines(n: int) -> bytes:
    codes = ("A4221", "E0781", "99213", "J2795", "S9328")
    return _LINE.format(n + 1, codes[n % len(codes)], f"L{n + 1}").encode()


def _lines_of_other_days(n: int) -> bytes:
    day = f"{date(2020, 1, 1) + timedelta(n % 2000):%Y%m%d}"
    line = _LINE.format(n + 1, ("A4306", "E0781")[n % 2], f"L{n + 1}")
    return line.replace("20260605", day).encode()


def _whole_claim(n: int) -> bytes:
    return (_CLAIM.format(f"HI-{n}") + _LINE.format(1, "A4306", f"L{n}")).encode()


def _whole_set(n: int) -> bytes:
    text = _ST.format(n + 2) + _HEADER + _BILLING + _SUBSCRIBER.format(2)
    text += _CLAIM.format(f"HI-{n}") + _LINE.format(1, "A4306", "L1")
    return f"{text}SE*{text.count('~') + 1}*{n + 2:04}~".encode()


def _whole_interchange(n: int) -> bytes:
    parts = [_ISA.format(n + 1), _GS.format(n + 1), _whole_set(0).decode()]
    return ("".join(parts) + f"GE*1*{n + 1}~IEA*1*{n + 1:09}~").encode()


def _nested(n: int) -> bytes:
    return f"HL*{n + 3}*{n + 2}*{'22' if n % 2 else '23'}*1~".encode()


SHAPES: dict[str, Shape] = {
    "HL, the same": Shape(SUBSCRIBER, _same("HL*3*1*22*0~")),
    "HL, one level": Shape(SUBSCRIBER, _numbered("HL*{}*1*22*0~", 3)),
    "HL, each below the last": Shape(SUBSCRIBER, _nested),
    "HL 20": Shape(SUBSCRIBER, _numbered("HL*{}**20*1~", 3)),
    "subscribers with a claim": Shape(
        LINE, lambda n: _SUBSCRIBER.format(n + 3).encode() + _whole_claim(n)
    ),
    "NM1 of a subscriber": Shape(SUBSCRIBER, _same("NM1*IL*1*OKONMARA*MIRELA****MI*LKH77021490~")),
    "NM1 of a submitter": Shape(HEADER, _same("NM1*41*2*HARBOR INFUSION SUPPLY*****46*HIS4420~")),
    "NM1 of a claim": Shape(CLAIM, _same("NM1*82*1*BRANNOCK*TESSALY****XX*1002167124~")),
    "NM1 of a line": Shape(LINE, _same("NM1*DK*1*BRANNOCK*TESSALY****XX*1002167124~")),
    "REF of a claim": Shape(CLAIM, _numbered("REF*EA*MRN{}~")),
    "REF of a biller": Shape(BILLING, _numbered("REF*EI*69710{}~")),
    "lines with A4306": Shape(LINE, _line("A4306"), instead=True),
    "lines, other codes": Shape(LINE, _other_lines, instead=True),
    "lines, other days": Shape(LINE, _lines_of_other_days, instead=True),
    "lines, LX alone": Shape(LINE, _numbered("LX*{}~", 2)),
    "lines, the same LX": Shape(LINE, _same("LX*2~")),
    "SV1": Shape(LINE, _same("SV1*HC:A4306*385*UN*1***1:2~")),
    "claims": Shape(LINE, _whole_claim),
    "claims, CLM alone": Shape(LINE, _numbered("CLM*HI-{}*385***12:B:1*Y*A*Y*Y~")),
    "claims, one number": Shape(LINE, _same(_CLAIM.format("HI-1") + _LINE.format(1, "A4306", "L"))),
    "HI": Shape(CLAIM, _same("HI*ABK:G8918*ABF:M75121~")),
    "DTP": Shape(LINE, _same("DTP*472*D8*20260605~")),
    "NTE": Shape(LINE, _numbered("NTE*ADD*PUMP {}~")),
    "PWK": Shape(CLAIM, _numbered("PWK*B3*FX***AC*HI{}~")),
    "K3": Shape(CLAIM, _numbered("K3*STATEDATA{}~")),
    "SBR, other payers": Shape(
        CLAIM, _same("SBR*S*18*******CI~OI***Y***Y~NM1*IL*1*OKON****MI*1~NM1*PR*2*LAKE*****PI*L1~")
    ),
    "CAS of a payer": Shape(CLAIM, _same("CAS*CO*45*10~")),
    "SVD": Shape(LINE, _same("SVD*LKSH1*100*HC:A4306**1~")),
    "CAS of a line": Shape(LINE, _same("CAS*CO*45*10~")),
    "SVD with CAS": Shape(
        LINE, _same("SVD*LKSH1*100*HC:A4306**1~CAS*CO*45*10~DTP*573*D8*20260605~")
    ),
    "LQ and FRM": Shape(LINE, _same("LQ*UT*01.02~FRM*1A*Y~")),
    "ISA": Shape(ISA, _numbered(_ISA, 102)),
    "interchanges": Shape(END, _whole_interchange),
    "GS": Shape(GS, _numbered(_GS, 102)),
    "GS, the same": Shape(GS, _same(_GS.format(101))),
    "ST": Shape(ST, _numbered(_ST, 2)),
    "ST, the same": Shape(ST, _same(_ST.format(1))),
    "sets": Shape(END, _whole_set, instead=True),
    "SE": Shape(LINE, _same("SE*10*0001~")),
    "GE": Shape(LINE, _same("GE*1*101~")),
    "IEA": Shape(END, _same("IEA*1*000000101~")),
    "TA1": Shape(ISA, _same("TA1*000000100*260610*0915*A*000~")),
    "BHT": Shape(ST, _same("BHT*0019*00*HI20260610A*20260610*0915*CH~")),
    "sets of another kind": Shape(GS, _numbered("ST*835*{:05}~BPR*I*1~SE*3*00001~", 2)),
    "empty segments": Shape(CLAIM, _same("~")),
    "segments of blanks": Shape(CLAIM, _same(" ~")),
    "unknown tags": Shape(CLAIM, _same("ZZZ*1~")),
    "no tags": Shape(CLAIM, _same("*~")),
    "segments out of place": Shape(LINE, _same("BHT*0019*00*1*20260610*0915*CH~")),
    "two kinds in turn": Shape(LINE, _same("N3*A~DMG*D8*19680214*F~")),
    "faulty segments": Shape(CLAIM, _same("REF*G1*A\tB~")),
    "elements": Shape(CLAIM, _same("*ABF:M75121"), inside=True),
    "empty elements": Shape(LINE, _same("*"), inside=True),
    "components": Shape(CLAIM, _same(":A"), inside=True),
    "repetitions": Shape(CLAIM, _same("^A"), inside=True),
    "a long element": Shape(LINE, _same("A"), inside=True),
    "line breaks": Shape(CLAIM, _same("\n")),
    "bytes outside": Shape(END, _same("X\n")),
    "NUL": Shape(CLAIM, _same("\0")),
}


@dataclass(slots=True)
class Row:
    """What one command took for one shape at two sizes; a run is None where it took too long."""

    shape: str
    command: str
    engine: str
    counts: tuple[int, int]
    runs: tuple[Run | None, Run | None]

    @property
    def ratio(self) -> float | None:
        """How many times as long the larger took."""
        small, large = self.runs
        return None if small is None or large is None else large.cpu / small.cpu

    @property
    def is_beyond(self) -> bool:
        """Whether it takes more than is promised, or failed."""
        if self.ratio is None or any(r is None or r.status not in (0, 1, 2) for r in self.runs):
            return True
        peak = max(r.peak for r in self.runs if r)
        return self.ratio > RATIO or (self.command in ("check", "text") and peak > MEGABYTES)

    def cells(self) -> list[str]:
        cells = [self.shape, self.command, self.engine]
        for count, done in zip(self.counts, self.runs, strict=True):
            cells.append(f"{count:,}")
            cells.append("too long" if done is None else f"{done.cpu:.2f} s")
        largest = next((r for r in reversed(self.runs) if r), None)
        cells.append("" if self.ratio is None else f"{self.ratio:.1f}")
        cells.append("" if largest is None else f"{largest.peak:.0f}")
        cells.append("" if largest is None else str(largest.status))
        return cells


RATIO = 12
"""How many times as long ten times the input may take."""
MEGABYTES = 100
"""What `check` may have in memory."""
HEADINGS = (
    "shape", "command", "engine", "n", "CPU", "10 n", "CPU", "ratio", "peak MB", "exit",
)  # fmt: skip


def commands(source: Path, folder: Path) -> dict[str, list[str]]:
    """The commands by name, with what each is given; outputs go to `folder`."""
    out = str(folder / "out")
    return {
        "check": ["check", "--jobs", "1", "--output-format", "json", "-o", out, str(source)],
        "text": ["check", "--jobs", "1", "-o", out, str(source)],
        "fix": ["fix", "-o", out, "--force", str(source)],
        "split": ["split", "--clean", out, "--held", out + ".held", "--force", str(source)],
        "redact": ["redact", "-o", out, str(source)],
        "rewrite": ["rewrite", "--template", "resend", "-o", out, "--force", str(source)],
        "extract": ["extract", "-o", out, str(source)],
        "annotate": ["annotate", "-o", out, str(source)],
        "report": ["report", "-o", out + ".d", str(source)],
    }


def run_all(
    names: Sequence[str], count: int, chosen: Sequence[str], engines: Sequence[str], limit: float
) -> Iterator[Row]:
    """A row for each shape, command and engine. `limit`: CPU seconds that a run may take."""
    with tempfile.TemporaryDirectory(prefix="edi-lint-shapes-") as place:
        folder = Path(place)
        for name in names:
            files = [_file(folder, name, n) for n in (count, 10 * count)]
            for command in chosen:
                for engine in engines:
                    small = _limited(files[0], folder, command, engine, limit)
                    large = _limited(files[1], folder, command, engine, limit) if small else None
                    yield Row(name, command, engine, (count, 10 * count), (small, large))
            for file in files:
                file.unlink()


def _file(folder: Path, name: str, count: int) -> Path:
    path = folder / f"in-{count}.837"
    with path.open("wb") as out:
        SHAPES[name].write(out, count)
    return path


def _limited(source: Path, folder: Path, command: str, engine: str, limit: float) -> Run | None:
    """The run of a command; None where it took more CPU than the limit."""
    arguments = [sys.executable, "-m", "edi_lint", *commands(source, folder)[command]]
    confined = ["sh", "-c", f'ulimit -t {int(limit)}; exec "$@"', "sh", *arguments]
    done = run(confined, folder, {ENGINE_VARIABLE: engine})
    return None if done.status < 0 else done


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m benchmarks` for shapes."""
    parser.add_argument(
        "--shapes",
        nargs="*",
        metavar="NAME",
        help="instead: each command on files that repeat one thing N and 10 N times, all shapes or "
        "those whose names contain one of these words",
    )
    parser.add_argument(
        "--count", type=int, default=10_000, metavar="N", help="with --shapes: N (default 10000)"
    )
    parser.add_argument(
        "--commands",
        default="check",
        metavar="NAME,...",
        help="with --shapes: check, text, fix, split, redact, rewrite, extract, annotate, report, "
        "or all (default check)",
    )
    parser.add_argument(
        "--engines", default="kernel,python", metavar="NAME,...", help="with --shapes: which"
    )
    parser.add_argument(
        "--limit", type=float, default=600, metavar="S", help="with --shapes: CPU seconds of a run"
    )


def print_shapes(given: argparse.Namespace) -> None:
    """Print a row as soon as it is known, then those that take too long or too much memory."""
    words = given.shapes
    names = [n for n in SHAPES if not words or any(w.lower() in n.lower() for w in words)]
    known = list(commands(Path(), Path()))
    chosen = known if given.commands == "all" else given.commands.split(",")
    rows = []
    for row in run_all(names, given.count, chosen, given.engines.split(","), given.limit):
        print("\t".join(row.cells()), file=sys.stderr, flush=True)
        rows.append(row)
    print(aligned([HEADINGS, *(row.cells() for row in rows)]))
    beyond = [row for row in rows if row.is_beyond]
    print(f"\n{len(rows)} rows, {len(beyond)} beyond {RATIO} times or {MEGABYTES} MB")
    if beyond:
        print("\n" + aligned([HEADINGS, *(row.cells() for row in beyond)]))
