"""Write the skeleton of a new rule, with examples, into the module of its family.

    python scripts/new_rule.py SIT099 discharge-before-admission --kind claim

It goes into this clone's src/edi_lint/rules/, behind the family's other rules. The class works and
finds nothing; `pytest tests/test_rules.py -k SIT099` says what is still to be written, and every
place is marked FILL IN. `--print` only shows the class. CONTRIBUTING.md, "A new rule", goes on.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from edi_lint.rules import CATALOGUE, FAMILIES

RULES = Path(__file__).resolve().parent.parent / "src" / "edi_lint" / "rules"


class Skeleton(NamedTuple):
    """What is particular about one kind of rule: what it needs, and the end of its class."""

    looks_at: str
    imports: tuple[tuple[str, str], ...]
    at: str
    body: str


JUDGING = (
    ("collections.abc", "Iterator"),
    ("edi_lint.rules.parts", "At"),
    ("edi_lint.rules.parts", "Said"),
)
"""What the class of a rule with parts needs."""
KINDS = {
    "line": Skeleton(
        "LineRule",
        (
            *JUDGING,
            ("edi_lint.rules.parts", "Part"),
        ),
        "SV101-02",
        """\
    # the parts that the rule looks at; `judge` takes them by name, and nothing else decides
    procedure = Part("2400", "SV1", 1, 2, 2)

    def judge(self, procedure: str) -> Iterator[Said]:
        if procedure == "FILL IN":
            yield At("procedure"), "FILL IN: what is wrong, in lower case, without a full stop"
""",
    ),
    "claim": Skeleton(
        "ClaimRule",
        (
            *JUDGING,
            ("edi_lint.rules.parts", "Part"),
        ),
        "CLM05-03",
        """\
    # the parts that the rule looks at; `judge` takes them by name, and nothing else decides
    frequency = Part("2300", "CLM", 5, 3, 3)

    def judge(self, frequency: str) -> Iterator[Said]:
        if frequency == "FILL IN":
            yield At("frequency"), "FILL IN: what is wrong, in lower case, without a full stop"
""",
    ),
    "pack": Skeleton(
        "PackRule",
        (
            *JUDGING,
            ("edi_lint.packs", "Pack"),
        ),
        "SV101-02",
        """\
    # `pack` and `procedure` are parts of every such rule
    def judge(self, pack: Pack, procedure: str) -> Iterator[Said]:
        if pack.name == "FILL IN":
            yield At("procedure"), "FILL IN: what is wrong, in lower case, without a full stop"
""",
    ),
    "value": Skeleton(
        "ValueRule",
        (("edi_lint.engine", "ValuePlace"),),
        "SV101-02",
        """\
    # every place where the value stands; each distinct value is judged once
    places = (ValuePlace("SV1", 1, 2, when_element=1, when_component=1, when_value="HC"),)

    def judge(self, value: str) -> str | None:
        if value == "FILL IN":
            return "FILL IN: what is wrong, in lower case, without a full stop"
        return None
""",
    ),
}
ALL_NEED = (
    ("edi_lint.findings", "Severity"),
    ("edi_lint.rules.base", "Rule"),
    ("edi_lint.rules.examples", "Example"),
)
SNIP_LEVELS = {"ENV": 1, "STR": 2, "BAL": 3, "SIT": 4, "COD": 5, "PAY": 7, "RES": 7}
"""Where a family begins; the others are about a line of service, 6."""

SKELETON = '''\
class {class_name}({base}):
    """FILL IN in one line what is checked, as what holds when all is well.

    FILL IN what goes wrong otherwise: what the receiver or the payer does. An empty line begins a
    new paragraph.
    """

    code = "{code}"
    name = "{name}"
    fault = "FILL IN what is wrong where it finds something, in a few words"
    level = {level}
    severity = Severity.WARNING
    # response = Response(stc=("A7", "453")), where the source says what is answered
    source = "FILL IN where the fact was read: whose page, of when; or general knowledge"
    help = "FILL IN what to change."
    # claims that pass, the near misses among them
    valid = (Example(),)
    # claims that fail, each with one finding of this rule, at the place that it names
    invalid = (Example(at="{at}"),)

{body}'''


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("code", help=f"a new code: {', '.join(FAMILIES)} and three digits")
    parser.add_argument("name", help="its name, in lower case with hyphens: what it is about")
    parser.add_argument("--kind", choices=KINDS, default="line", help="what it looks at")
    parser.add_argument("--print", action="store_true", help="show the class, write nothing")
    given = parser.parse_args()
    if fault := refused(given.code, given.name):
        print(f"new_rule.py: {fault}", file=sys.stderr)
        return 2
    skeleton = KINDS[given.kind]
    text = class_text(given.code, given.name, skeleton)
    if given.print:
        print(text, end="")
        return 0
    path = RULES / f"{module_of(given.code)}.py"
    needed = (*ALL_NEED, *skeleton.imports, ("edi_lint.rules.base", skeleton.looks_at))
    source = added(path.read_text("utf-8"), text, class_name(given.name), needed)
    path.write_text(source, "utf-8")
    tidy(path)
    shown = path.relative_to(RULES.parents[2])
    print(
        f"{given.code} is in {shown} as {class_name(given.name)}. What is to be filled in:\n"
        f"pytest tests/test_rules.py tests/test_rule_page.py -k {given.code}"
    )
    return 0


def refused(code: str, name: str) -> str:
    """Why there can be no such rule; empty where there can."""
    if not re.fullmatch(rf"({'|'.join(FAMILIES)})\d{{3}}", code):
        return f"{code!r} is not a code of a rule: {', '.join(FAMILIES)} and three digits"
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        return f"{name!r} is not a name of a rule: words in lower case, joined by hyphens"
    for rule in CATALOGUE:
        if code == rule.code or name == rule.name:
            return f"there is a rule {rule.code} {rule.name} already: edi-lint rule {rule.code}"
    return ""


def module_of(code: str) -> str:
    """The module that holds most of the family's rules."""
    homes = Counter(
        r.__module__ for r in CATALOGUE if r.code[:3] == code[:3] and not hasattr(r, "situation")
    )
    return homes.most_common(1)[0][0].rpartition(".")[2]


def class_name(name: str) -> str:
    """«DischargeBeforeAdmission» of discharge-before-admission."""
    return "".join(word.capitalize() for word in name.split("-"))


def class_text(code: str, name: str, skeleton: Skeleton) -> str:
    """The class, ready to be put into a module."""
    return SKELETON.format(
        class_name=class_name(name),
        base=skeleton.looks_at,
        code=code,
        name=name,
        level=SNIP_LEVELS.get(code[:3], 6),
        at=skeleton.at,
        body=skeleton.body,
    )


def added(source: str, text: str, name: str, needed: tuple[tuple[str, str], ...]) -> str:
    """The module with the class before its RULES, named in them, and with what it imports."""
    tree = ast.parse(source)
    lines = source.splitlines()
    (rules,) = (n for n in tree.body if isinstance(n, ast.AnnAssign) and _is_rules(n.target))
    assert isinstance(rules.value, ast.Tuple)
    members = [ast.unparse(element) for element in rules.value.elts]
    known = {
        (n.module, a.name) for n in tree.body if isinstance(n, ast.ImportFrom) for a in n.names
    }
    last = max(n.end_lineno or 0 for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom))
    imports = [
        f"from {module} import {what}" for module, what in needed if (module, what) not in known
    ]
    members_text = "".join(f"    {member},\n" for member in [*members, name])
    return "\n".join(
        [
            *lines[:last],
            *imports,
            *lines[last : rules.lineno - 1],
            text,
            "",
            f"RULES: tuple[type[Rule], ...] = (\n{members_text})",
            *lines[rules.end_lineno :],
            "",
        ]
    )


def _is_rules(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == "RULES"


def tidy(path: Path) -> None:
    """Merge and sort the imports and lay the module out as ruff does it."""
    for arguments in (["check", "--select", "I", "--fix", "--quiet"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *arguments, path], check=True)


if __name__ == "__main__":
    sys.exit(main())
