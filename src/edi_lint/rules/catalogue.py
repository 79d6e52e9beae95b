"""The rules of a run: those that ship, and the rows of the user's files of situations.

Rows that a payer profile or a rule pack names speak only for claims of that profile, or for lines
with a code of that pack.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from edi_lint.rules import CATALOGUE, FAMILIES, Rule

if TYPE_CHECKING:
    from edi_lint.rules.situations import Situation, SituationCondition

_READ: dict[str, type[Rule]] = {}
"""The user's rules by their codes, as they were read last."""


def catalogue(
    files: Sequence[Path] = (),
    profiles: Sequence[Path] = (),
    packs: Sequence[Path] = (),
) -> tuple[type[Rule], ...]:
    """The rules that ship, then those of files of situations, of profiles and of packs.

    Raises SituationError for a file of situations that cannot be used, PackError for a profile or
    pack.
    """
    rows = list(_rows(files, profiles, packs))
    if not rows:
        return CATALOGUE
    from edi_lint.rules.situations import situation_rule

    made = tuple(situation_rule(row) for row in rows)
    _READ.update((rule.code, rule) for rule in made)
    return (*CATALOGUE, *made)


def rule_named(code: str) -> type[Rule] | None:
    """The rule with a code, of those that ship or that this process has read."""
    return next((rule for rule in CATALOGUE if rule.code == code), None) or _READ.get(code)


def fault_of(code: str, name: str) -> str:
    """The title of a rule, which says the fault; its name where no rule here has the code."""
    rule = rule_named(code)
    return rule.fault if rule else name


def _rows(
    files: Sequence[Path], profiles: Sequence[Path], packs: Sequence[Path]
) -> Iterator[Situation]:
    named = [(path, _condition("payer", name)) for name, path in _files_of_profiles(profiles)]
    named += [(path, _condition("pack", name)) for name, path in _files_of_packs(packs)]
    if not files and not named:
        return
    from edi_lint.rules.situations_file import read_situations

    taken = {rule.code for rule in CATALOGUE}
    yield from (own := read_situations(files, taken, FAMILIES))
    taken |= {row.code for row in own}
    for path, condition in named:
        for row in read_situations([path], taken, FAMILIES):
            taken.add(row.code)
            yield row._replace(when=((condition,), *row.when))


def _condition(part: str, name: str) -> SituationCondition:
    from edi_lint.rules.situations import SituationCondition

    return SituationCondition(part, "in", (name,))


def _files_of_profiles(paths: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    if paths:
        from edi_lint.packs.users import read_profile_file, rules_files

        for path in paths:
            profile = read_profile_file(path)
            for file in rules_files(path, profile.rules):
                yield profile.name, file


def _files_of_packs(paths: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    if paths:
        from edi_lint.packs.users import read_pack_file, rules_files

        for path in paths:
            pack = read_pack_file(path)
            for file in rules_files(path, pack.rules):
                yield pack.name, file
