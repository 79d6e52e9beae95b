"""What the page of `edi-lint annotate` needs around its content: style, script, policy and data.

`shell.style` and `shell.script` are the files `page.css` and `page.js` beside the template;
`shell.policy` is the Content-Security-Policy that lets these two run and nothing else.
`shell.is_paged` says whether the file comes in several pages; `shell.details(page)` is what the
script has to know of a page's findings, and `shell.data(file)`, asked for last, of the whole file.
"""

from __future__ import annotations

import base64
import hashlib
import json
from array import array
from functools import cache
from typing import Any

from markupsafe import Markup

from edi_lint.files import resources
from edi_lint.rules.catalogue import rule_named
from edi_lint.transform.sections import Glossary
from edi_lint.transform.views import FileView, FindingView, Page, Section


class Shell:
    """One page's surroundings. `details` has to be asked of every page, in their order."""

    def __init__(self, is_paged: bool, glossary: Glossary) -> None:
        self.is_paged = is_paged
        self.style = _asset("page.css")
        self.script = _asset("page.js")
        self.policy = (
            f"default-src 'none'; style-src {source_hash(self.style)}; "
            f"script-src {source_hash(self.script)}; base-uri 'none'; form-action 'none'"
        )
        self._glossary = glossary
        self._kinds: dict[tuple[str, str], int] = {}
        self._found = array("H")
        self._places = array("L")
        self._claims: list[str] = []

    def details(self, page: Page) -> Markup:
        """What is to be known of the findings of a page's short sections, as JSON."""
        details = []
        for section in page.sections:
            if section.place > len(self._claims):
                self._claims.append(section.claim)
            for _, finding in _found_in(section):
                kind = (finding.code, finding.severity)
                self._found.append(self._kinds.setdefault(kind, len(self._kinds)))
                self._places.append(section.place)
            details += [_detail(index, finding) for index, finding in section.findings]
        return _json(details)

    def data(self, file: FileView) -> Markup:
        """Code and severity of each finding, its claim, the claims, and the glossary, as JSON."""
        return _json(
            {
                "lines": file.lines,
                "kinds": list(self._kinds),
                "found": self._found.tolist(),
                "places": self._places.tolist(),
                "claims": self._claims,
                **self._glossary.json(),
            }
        )


def _found_in(section: Section) -> list[tuple[int, FindingView]]:
    """Every finding of a section, in the order of the file."""
    in_rows = [(n, f) for n, row in enumerate(section.rows) for f in row.all_findings]
    return sorted([*section.findings, *in_rows], key=lambda found: found[1].number)


def _detail(index: int, finding: FindingView) -> list[Any]:
    """What `card` of page.js takes; values that are empty at the end are left out."""
    changes = [[c.before, c.after, c.is_hidden] for c in finding.changes]
    detail = [
        finding.number,
        index,
        finding.element,
        [finding.line, finding.column, finding.byte_start, finding.byte_end, finding.level],
        "" if finding.element else finding.segment,
        "" if finding.help == _help_of(finding.code) else finding.help,
        [finding.applicability, finding.fix, changes] if finding.fix else "",
        ", ".join(finding.answers),
        finding.see_also,
    ]
    while detail[-1] == "":
        detail.pop()
    return detail


@cache
def _help_of(code: str) -> str:
    """What the page says of a rule once for all of its findings."""
    rule = rule_named(code)
    return rule.help if rule else ""


def _asset(name: str) -> Markup:
    return Markup(resources.templates("annotate").joinpath(name).read_text("utf-8"))


def source_hash(text: str) -> str:
    """What a page's policy names a style sheet or a script by that it holds."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _json(data: object) -> Markup:
    """JSON for a data block: no text in it can end the block."""
    text = json.dumps(data, separators=(",", ":"))
    for mark in "<>&":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return Markup(text)
