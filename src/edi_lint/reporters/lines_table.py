"""Extracted service lines as a table for people, as wide as the terminal.

Columns that find no room are left out, the least telling first, and named below the table.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from edi_lint.findings.masking import Phi, printable
from edi_lint.transform.extract import ExtractedLine, Level

MEASURED = 200
"""So many lines decide the widths; those after them are printed as they come, wrapped."""

_GAP = 2
_LEVELS: tuple[Level, ...] = ("claim", "line")


@dataclass(frozen=True, slots=True)
class LinesColumn:
    """`rank`: what has a higher one gives way first. `least` and `most` bound the width."""

    heading: str
    rank: int
    least: int
    most: int
    cell: Callable[[ExtractedLine, int], Text]
    """The cell of a line for a width, 0 for as wide as it likes."""
    justify: Literal["left", "right"] = "left"

    def natural(self, lines: list[ExtractedLine]) -> int:
        """The width that the column would take, within its bounds."""
        cells = (line for shown in lines for line in self.cell(shown, 0).plain.split("\n"))
        widest = max(map(len, cells), default=0)
        return max(len(self.heading), min(widest, self.most))


def render(lines: Iterable[ExtractedLine], phi: Phi, width: int, colour: bool) -> Iterator[str]:
    """The table, piece by piece; nothing without a line."""
    remaining = iter(lines)
    first = list(islice(remaining, MEASURED))
    if not first:
        return
    columns = [*_COLUMNS, *(_PROTECTED if phi is Phi.ALL else ())]
    widths = _fit(columns, first, width)
    shown = [c for c in columns if c in widths]
    paper = _Paper(width, colour)
    heading = _grid(shown, widths)
    heading.add_row(*(Text(c.heading, "bold") for c in shown))
    heading.add_row(*(Text("─" * widths[c], "dim") for c in shown))
    yield paper.print(heading)
    file, count = None, 0
    for line in chain(first, remaining):
        if line.file != file:
            if file is not None:
                yield "\n"
            file = line.file
            yield paper.print(Text(printable(file), "cyan"))
        row = _grid(shown, widths)
        row.add_row(*(c.cell(line, widths[c]) for c in shown))
        yield paper.print(row)
        count += 1
    yield "\n" + paper.print(
        Text(_below(count, [c for c in columns if c not in widths], width), "dim")
    )


class _Paper:
    """Prints into text, in the terminal's width."""

    def __init__(self, width: int, colour: bool) -> None:
        self.stream = io.StringIO()
        self.console = Console(
            file=self.stream,
            width=width,
            force_terminal=colour,
            color_system="standard" if colour else None,
            no_color=not colour,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
        )

    def print(self, content: Table | Text) -> str:
        """What a terminal gets for this, without the blanks at the end of a line."""
        self.console.print(content)
        text = self.stream.getvalue()
        self.stream.seek(0)
        self.stream.truncate()
        return "".join(f"{part.rstrip()}\n" for part in text.splitlines())


def _fit(
    columns: list[LinesColumn], lines: list[ExtractedLine], width: int
) -> dict[LinesColumn, int]:
    """The width of each column that finds room; spare room goes to those that could use it."""
    natural = {c: c.natural(lines) for c in columns}
    widths: dict[LinesColumn, int] = {}
    spare = width + _GAP
    for column in sorted(columns, key=lambda c: c.rank):
        need = min(natural[column], max(column.least, len(column.heading))) + _GAP
        if need > spare and widths:
            break
        widths[column] = need - _GAP
        spare -= need
    for column in sorted(widths, key=lambda c: c.rank):
        more = max(0, min(spare, natural[column] - widths[column]))
        widths[column] += more
        spare -= more
    return widths


def _grid(columns: list[LinesColumn], widths: dict[LinesColumn, int]) -> Table:
    grid = Table.grid(padding=(0, _GAP, 0, 0), pad_edge=False)
    for column in columns:
        grid.add_column(width=widths[column], justify=column.justify, overflow="fold")
    return grid


def _below(count: int, left_out: list[LinesColumn], width: int) -> str:
    text = f"{count} service {'line' if count == 1 else 'lines'}"
    if left_out:
        names = ", ".join(c.heading for c in left_out)
        text += f". No room in {width} columns for {names}; --format csv has them."
    return text


def _plain(value: Callable[[ExtractedLine], str]) -> Callable[[ExtractedLine, int], Text]:
    return lambda line, width: Text(printable(value(line)))


def _packed(items: Iterable[str], width: int, separator: str, indent: str = "") -> str:
    """The items on as few rows of the width as they need, none broken that fits on one."""
    rows: list[str] = []
    for item in map(printable, items):
        joined = f"{rows[-1]}{separator}{item}" if rows else item
        if rows and width and len(joined) + len(separator.rstrip()) > width:
            rows[-1] += separator.rstrip()
            rows.append(indent + item)
        else:
            rows[-1:] = [joined]
    return "\n".join(rows)


def _claim(line: ExtractedLine, width: int) -> Text:
    """CLM01; where it is missing or withheld, the claim's place in its transaction set."""
    return Text(printable(line.claim)) if line.claim else Text(printable(line.position), "dim")


def _code(line: ExtractedLine, width: int) -> Text:
    code = Text(printable(line.code), "bold")
    return code.append(printable("".join(f":{m}" for m in line.modifiers)), "not bold")


def _dates(line: ExtractedLine, width: int) -> Text:
    days = dict.fromkeys(d.isoformat() for d in (line.first_date, line.last_date) if d)
    return Text("\n".join(days))


def _documentation(line: ExtractedLine, width: int) -> Text:
    """What the claim has, then what the line has; the values too, where they are not withheld."""
    rows = []
    for level in _LEVELS:
        found = [d for d in line.documentation if d.level == level]
        if found and any(d.value for d in found):
            rows += [printable(f"{level} {d.what}: {d.value or ''}".rstrip(": ")) for d in found]
        elif found:
            first, *others = (d.what for d in found)
            rows.append(_packed((f"{level}: {first}", *others), width, ", ", "  "))
    return Text("\n".join(rows)) if rows else Text("none", "yellow")


def _diagnoses(line: ExtractedLine, width: int) -> Text:
    return Text(_packed(line.diagnoses, width, " "))


_COLUMNS = (
    LinesColumn("Claim", 1, 10, 20, _claim),
    LinesColumn("Line", 2, 4, 6, _plain(lambda line: line.line), "right"),
    LinesColumn("Payer", 10, 12, 26, _plain(lambda line: line.payer)),
    LinesColumn("Filing", 7, 2, 6, _plain(lambda line: line.filing_indicator)),
    LinesColumn("Freq", 8, 1, 4, _plain(lambda line: line.frequency)),
    LinesColumn("Code", 3, 11, 17, _code),
    LinesColumn("Units", 9, 3, 8, _plain(lambda line: _number(line.units)), "right"),
    LinesColumn("Charge", 5, 6, 12, _plain(lambda line: _number(line.charge)), "right"),
    LinesColumn("Date", 4, 10, 10, _dates),
    LinesColumn("POS", 13, 2, 3, _plain(lambda line: line.place_of_service)),
    LinesColumn("Diagnoses", 11, 7, 22, _diagnoses),
    LinesColumn("Documentation", 6, 20, 46, _documentation),
    LinesColumn("Auth", 12, 5, 5, _plain(lambda line: line.prior_authorization or "")),
    LinesColumn("Ordering NPI", 14, 12, 12, _plain(lambda line: line.ordering_provider_npi)),
    LinesColumn("Bytes", 16, 9, 21, _plain(lambda line: f"{line.byte_start}–{line.byte_end}")),
)
_PROTECTED = (
    LinesColumn("Patient", 6, 12, 24, _plain(lambda line: line.patient_name or "")),
    LinesColumn("Member", 6, 12, 14, _plain(lambda line: line.member_id or "")),
    LinesColumn("Born", 6, 10, 10, _plain(lambda line: str(line.birth_date or ""))),
)


def _number(value: object) -> str:
    return "" if value is None else str(value)
