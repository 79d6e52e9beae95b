"""Which fields of the user's data a rewrite template reads, so that none is given in vain."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import jinja2
from jinja2 import nodes

from edi_lint.findings.masking import printable
from edi_lint.rules.resubmission import ADJUDICATED
from edi_lint.settings import nearest
from edi_lint.transform.choice import MAX_SHOWN, Plan
from edi_lint.transform.templates import TemplateSource

Shipped = Callable[[str], str | None]
"""Gives the text of a shipped template by its name."""

_COMMENT = re.compile(r"\{#(.*?)#\}", re.DOTALL)
_DECLARED = re.compile(r"\b(?:data|row)\.([A-Za-z_]\w*)")

_STILL_ROWS = frozenset({"list", "reverse", "unique"})
_ROWS_BY_FIELD = frozenset({"selectattr", "rejectattr"})
_ONE_ROW = frozenset({"first", "last"})
_COUNTS = frozenset({"length", "count"})


@dataclass(slots=True)
class TemplateFields:
    """The fields that a template reads.

    With `and_others` it may read more: it works out a name as it runs, and declares none.
    """

    names: set[str] = field(default_factory=set)
    and_others: bool = False


def fields_of(env: jinja2.Environment, source: TemplateSource, shipped: Shipped) -> TemplateFields:
    """The fields that a template reads, or declares: its first comment names it as data.NAME or
    row.NAME.

    A shipped template that it includes, imports or extends is read too. Where the template gives
    its data away as a whole, to a macro say, every name in its text counts.
    """
    reading = _FieldCollector(env, shipped)
    reading.read(source.text)
    comment = _COMMENT.search(source.text)
    declared = set(_DECLARED.findall(comment[1])) if comment else set()
    handed_on = reading.words if reading.is_handed_on else set()
    return TemplateFields(
        reading.names | declared | handed_on, reading.is_worked_out and not declared
    )


def unread(plan: Plan, fields: TemplateFields, template: str) -> list[str]:
    """What is given for claims and the template never reads, a line each; values are not named."""
    if fields.and_others:
        return []
    known = fields.names | {ADJUDICATED}
    places = {name: f"--set {printable(name)}" for name in plan.values if name not in known}
    for claim in (plan.data or {}).values():
        for row in claim.rows:
            for name in (*row.fields, *row.empty):
                if name not in known:
                    places.setdefault(name, f"{row.where}: {printable(name)}")
    problems = [
        f"{place}: {_reason(name, fields.names, template)}"
        for name, place in list(places.items())[:MAX_SHOWN]
    ]
    if len(places) > MAX_SHOWN:
        problems.append(f"{len(places)} names in all that the template does not read")
    return problems


def _reason(name: str, read: set[str], template: str) -> str:
    near = nearest(name, sorted(read | {ADJUDICATED}))
    if near:
        return f"the template {template} reads no such field; did you mean {near}?"
    if not read:
        return f"the template {template} reads no field"
    return f"the template {template} reads no such field; it reads {', '.join(sorted(read))}"


class _FieldCollector:
    """Goes through templates and collects what they ask `data`, and the rows in `rows`, for."""

    def __init__(self, env: jinja2.Environment, shipped: Shipped) -> None:
        self._env = env
        self._shipped = shipped
        self._seen: set[str] = set()
        self._above: dict[int, nodes.Node] = {}
        self._row_names: set[str] = {"data"}
        self._rows_names: set[str] = {"rows"}
        self.names: set[str] = set()
        self.words: set[str] = set()
        """Every attribute, key and text in the templates."""
        self.is_handed_on = False
        self.is_worked_out = False

    def read(self, text: str) -> None:
        tree = self._env.parse(text)
        found = list(_all(tree, self._above))
        for node in found:
            if isinstance(node, nodes.Getattr):
                self.words.add(node.attr)
            elif isinstance(node, nodes.Const) and isinstance(node.value, str):
                self.words.add(node.value)
        self._follow_names(found)
        for node in found:
            if isinstance(node, nodes.Name) and node.ctx == "load":
                if node.name in self._row_names:
                    self._row(node)
                elif node.name in self._rows_names:
                    self._rows(node)
            elif isinstance(node, nodes.Include | nodes.Import | nodes.FromImport | nodes.Extends):
                self._other(node.template)

    def _other(self, name: nodes.Expr) -> None:
        """Another template that this one brings in."""
        if not isinstance(name, nodes.Const) or not isinstance(name.value, str):
            self.is_worked_out = True
            return
        text = None if name.value in self._seen else self._shipped(name.value)
        self._seen.add(name.value)
        if text is not None:
            self.read(text)

    def _follow_names(self, found: list[nodes.Node]) -> None:
        """Learn under which other names a row, or the rows, are known."""
        while True:
            known = len(self._row_names) + len(self._rows_names)
            for node in found:
                if isinstance(node, nodes.For) and isinstance(node.target, nodes.Name):
                    if self._is_rows(node.iter):
                        self._row_names.add(node.target.name)
                elif isinstance(node, nodes.Assign):
                    self._alias(node.target, node.node)
                elif isinstance(node, nodes.With):
                    for target, value in zip(node.targets, node.values, strict=True):
                        self._alias(target, value)
            if known == len(self._row_names) + len(self._rows_names):
                return

    def _alias(self, target: nodes.Node, value: nodes.Node) -> None:
        if isinstance(target, nodes.Name):
            if self._is_row(value):
                self._row_names.add(target.name)
            elif self._is_rows(value):
                self._rows_names.add(target.name)

    def _is_row(self, node: nodes.Node) -> bool:
        if isinstance(node, nodes.Name):
            return node.name in self._row_names
        if isinstance(node, nodes.Filter) and node.name in _ONE_ROW and node.node is not None:
            return self._is_rows(node.node)
        return (
            isinstance(node, nodes.Getitem)
            and not isinstance(node.arg, nodes.Slice)
            and self._is_rows(node.node)
        )

    def _is_rows(self, node: nodes.Node) -> bool:
        if isinstance(node, nodes.Name):
            return node.name in self._rows_names
        if isinstance(node, nodes.Filter) and node.name in _STILL_ROWS | _ROWS_BY_FIELD:
            return node.node is not None and self._is_rows(node.node)
        return (
            isinstance(node, nodes.Getitem)
            and isinstance(node.arg, nodes.Slice)
            and self._is_rows(node.node)
        )

    def _row(self, node: nodes.Node) -> None:
        """What becomes of a row where it is used."""
        above = self._above[id(node)]
        if isinstance(above, nodes.Getattr):
            self.names.add(above.attr)
        elif isinstance(above, nodes.Getitem) and above.node is node:
            self._key(above.arg)
        elif isinstance(above, nodes.Operand) and above.op in ("in", "notin"):
            compare = self._above[id(above)]
            assert isinstance(compare, nodes.Compare)
            self._key(compare.expr)
        elif isinstance(above, nodes.Filter) and above.name == "attr" and above.node is node:
            self._key(above.args[0] if above.args else None)
        elif not self._is_harmless(above):
            self.is_handed_on = True

    def _rows(self, node: nodes.Node) -> None:
        """What becomes of the rows, all or some of them, where they are used."""
        above = self._above[id(node)]
        if self._is_rows(above):
            if isinstance(above, nodes.Filter) and above.name in _ROWS_BY_FIELD:
                self._field_of_rows(above)
            self._rows(above)
        elif self._is_row(above):
            self._row(above)
        elif isinstance(above, nodes.For):
            self.is_handed_on |= not isinstance(above.target, nodes.Name)
        elif not self._is_harmless(above):
            self.is_handed_on = True

    def _field_of_rows(self, node: nodes.Filter) -> None:
        """The field by which a filter chooses rows."""
        self._key(node.args[0] if node.args else None)

    def _is_harmless(self, above: nodes.Node) -> bool:
        """Whether it is only asked for being there, is counted, or gets another name."""
        if isinstance(above, nodes.Filter):
            return above.name in _COUNTS
        return isinstance(above, nodes.Test | nodes.If | nodes.Not | nodes.Assign | nodes.With)

    def _key(self, key: nodes.Node | None) -> None:
        if isinstance(key, nodes.Const):
            self.names.add(str(key.value))
        else:
            self.is_worked_out = True


def _all(tree: nodes.Node, above: dict[int, nodes.Node]) -> list[nodes.Node]:
    """Every node below one; notes in `above` which node each belongs to."""
    found: list[nodes.Node] = []
    todo = [tree]
    while todo:
        node = todo.pop()
        for child in node.iter_child_nodes():
            above[id(child)] = node
            found.append(child)
            todo.append(child)
    return found
