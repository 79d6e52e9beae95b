"""Reads the YAML of a user's file: in time that grows as the text does, and running nothing.

Imported only where such a file is read, since it takes PyYAML.
"""

from __future__ import annotations

from typing import Any

import yaml

DEEPEST = 50
"""So many lists and mappings may be inside each other; PyYAML's time grows by their square."""
MOST_COPIES = 1_000_000
"""So many nodes may be there again by aliases."""
_LONGEST_NUMBER = 100

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlFault(ValueError):
    """A text that is not the YAML that is taken: what it is instead, and the line, 0 if unknown."""

    def __init__(self, words: str, line: int = 0) -> None:
        super().__init__(words)
        self.words = words
        self.line = line

    def of(self, file: object) -> str:
        """The fault with the file and line that it is in."""
        return f"{file}, line {self.line}: {self.words}" if self.line else f"{file}: {self.words}"


class _ValueLoader(_Loader):  # type: ignore[misc]
    """Makes values of nodes. A number such as 1:30:15 counts by 60; a long one takes too long."""

    def construct_yaml_int(self, node: Any) -> Any:
        return super().construct_yaml_int(_short(node))

    def construct_yaml_float(self, node: Any) -> Any:
        return super().construct_yaml_float(_short(node))


_ValueLoader.add_constructor("tag:yaml.org,2002:int", _ValueLoader.construct_yaml_int)
_ValueLoader.add_constructor("tag:yaml.org,2002:float", _ValueLoader.construct_yaml_float)


def read_yaml(text: str) -> tuple[yaml.Node | None, Any]:
    """A text's document: its nodes, which know their lines, and its value. Raises YamlFault."""
    root = read_nodes(text)
    if root is None:
        return None, None
    loader = _ValueLoader("")
    try:
        return root, loader.construct_document(root)
    except yaml.YAMLError as problem:
        raise _fault(problem) from None
    except ValueError:  # 2026-02-30 looks like a date and is none
        raise YamlFault("contains a date that does not exist, or too long a number") from None
    finally:
        loader.dispose()


def read_nodes(text: str) -> yaml.Node | None:
    """The nodes of a text's document; None for an empty one. Raises YamlFault."""
    try:
        _check_size(text)
        root: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as problem:
        raise _fault(problem) from None
    return root


def _check_size(text: str) -> None:
    """Raises YamlFault for a text that nests too deeply, or whose aliases make it too large."""
    nodes = copies = 0
    sizes: dict[str | None, int] = {}
    """The nodes of what an anchor names, those that aliases copy included."""
    around: list[tuple[str | None, int]] = []
    """The anchors of what is open, and how many nodes were there before it."""
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.CollectionEndEvent):
            anchor, before = around.pop()
            sizes[anchor] = nodes + copies - before
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                raise YamlFault("an alias (*name) is of what it is in, or of nothing", line)
            copies += sizes[event.anchor]
            if copies > MOST_COPIES:
                raise YamlFault("its aliases (*name) make it too large", line)
        elif isinstance(event, yaml.NodeEvent):
            nodes += 1
            sizes[event.anchor] = 1
            if isinstance(event, yaml.CollectionStartEvent):
                del sizes[event.anchor]
                around.append((event.anchor, nodes + copies - 1))
                if len(around) > DEEPEST:
                    raise YamlFault("is nested too deeply", line)


def _short(node: Any) -> Any:
    if len(node.value) > _LONGEST_NUMBER:
        raise ValueError
    return node


def _fault(problem: yaml.YAMLError) -> YamlFault:
    mark = getattr(problem, "problem_mark", None)
    return YamlFault("is not YAML", mark.line + 1 if mark else 0)
