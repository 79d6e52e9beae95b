"""The user's own rule packs and payer profiles, from files, and which profile is forced.

Imported only where the settings name such a file or a profile.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path, PureWindowsPath
from typing import Any

from edi_lint.files.paths import is_file, is_there, leads_into
from edi_lint.files.printable import each_text, in_one_line
from edi_lint.packs.load import Pack, PackError, make_pack, make_profile, nearest, profiles
from edi_lint.packs.profiles import Profile, Profiles

_LARGEST = 1024 * 1024
_ENDINGS = frozenset({".yaml", ".yml", ".json"})


def users_packs(paths: Sequence[Path]) -> dict[str, Pack]:
    """The packs in files, by the codes that they are for. Raises PackError."""
    found: dict[str, Pack] = {}
    for path in paths:
        pack = read_pack_file(path)
        for code in sorted(pack.codes):
            if code in found:
                raise PackError(f"{path}: codes holds {code}, which another pack given is for")
            found[code] = pack
    return found


def users_profiles(paths: Sequence[Path], forced: str, rules: Collection[str]) -> Profiles:
    """The profiles in files, with the built-in ones.

    `forced` is the name of one of them, or the path of a file with another, that all claims are
    judged by; empty for none. `rules` are the codes of rules, which severities are given to.
    Raises PackError.
    """
    users = list(_profiles(paths, rules))
    only = None
    if forced:
        known = {p.name: p for p in (*profiles(), *users)}
        only = known.get(forced)
        if only is None and names_file(forced):
            (only,) = _profiles([Path(forced)], rules)
        elif only is None:
            message = f"{forced}: no payer profile has this name{nearest(forced, known)}"
            raise PackError(f"{message} (a file is named with its ending, such as .yaml)")
    return Profiles(users, profiles(), only)


def read_pack(text: str, name: str) -> Pack:
    """The pack in a YAML text, or JSON where the name ends in .json.

    `name` is what a message calls the file. Raises PackError.
    """
    from edi_lint.packs.shapes import check_pack

    data = _read(text, name)
    check_pack(data, name)
    return make_pack(data)


def read_profile(text: str, name: str) -> Profile:
    """The payer profile in a text, as `read_pack` reads a pack. Raises PackError."""
    from edi_lint.packs.shapes import check_profile

    data = _read(text, name)
    check_profile(data, name)
    bases = {p.name: p for p in profiles()}
    base = data.get("extends")
    if base is not None and base not in bases:
        raise PackError(f"{name}: extends must name a built-in profile{nearest(base, bases)}")
    return make_profile(data, bases)


def read_pack_file(path: Path) -> Pack:
    """The pack in a file. Raises PackError."""
    return read_pack(_text(path), str(path))


def read_profile_file(path: Path) -> Profile:
    """The profile in a file. Raises PackError."""
    return read_profile(_text(path), str(path))


def rules_files(path: Path, names: Sequence[str]) -> Iterator[Path]:
    """The files of situations that a pack or profile names: in its own folder, or below it.

    Raises PackError for one that leads out of it.
    """
    folder = path.parent
    for name in names:
        inside = "://" not in name and not PureWindowsPath(name).anchor
        if not inside or not leads_into(folder / name, folder):
            raise PackError(f"{path}: rules: expected paths inside the folder of this file")
        if is_there(folder / name) and not is_file(folder / name):
            raise PackError(f"{path}: rules: expected paths of files, found one of something else")
        yield folder / name


def _profiles(paths: Sequence[Path], rules: Collection[str]) -> Iterator[Profile]:
    names: set[str] = set()
    for path in paths:
        profile = read_profile_file(path)
        if profile.name in names:
            raise PackError(f"{path}: name: another profile given is called {profile.name} too")
        names.add(profile.name)
        for code in profile.severities:
            if code not in rules:
                message = f"{path}: severities.{code}: unknown rule{nearest(code, rules)}"
                raise PackError(f"{message} (edi-lint rule lists them)")
        yield profile


def names_file(text: str) -> bool:
    """Whether a text means a file, not the name of a profile."""
    path = Path(text)
    return path.suffix in _ENDINGS or path.name != text or is_file(path)


def _text(path: Path) -> str:
    """The text of a file. Raises PackError."""
    try:
        with path.open("rb") as stream:
            content = stream.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise PackError(f"{path}: is larger than 1 MB, too large for a pack or profile")
        return content.decode("utf-8-sig")
    except OSError as problem:
        hint = "" if Path(path).suffix else "; name a file, with its ending"
        reason = problem.strerror or type(problem).__name__
        raise PackError(f"{path}: {reason}{hint}") from None
    except UnicodeDecodeError:
        raise PackError(f"{path}: is not UTF-8 text") from None


def _read(text: str, file: str) -> Any:
    try:
        data = _json(text, file) if file.endswith(".json") else _yaml(text, file)
        return each_text(data, in_one_line)
    except RecursionError:
        raise PackError(f"{file}: is nested too deeply") from None


def _yaml(text: str, file: str) -> Any:
    from edi_lint.files.yaml_text import YamlFault, read_yaml

    try:
        return read_yaml(text)[1]
    except YamlFault as fault:
        raise PackError(fault.of(file)) from None


def _json(text: str, file: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as problem:
        raise PackError(f"{file}, line {problem.lineno}: is not JSON") from None
    except ValueError:
        raise PackError(f"{file}: holds too long a number") from None
