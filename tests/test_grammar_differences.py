"""Every difference between our grammar and other definitions of it is decided."""

from __future__ import annotations

import sys

import pytest

from conftest import ROOT

sys.path.insert(0, str(ROOT / "scripts"))

import compare_grammar


def test_every_difference_is_decided_and_every_decision_needed() -> None:
    known = compare_grammar.decided()
    found = list(dict.fromkeys(compare_grammar.differences()))
    assert [line for line in found if line not in known] == []
    assert [line for line in known if line not in found] == []
    assert all(known.values())
    assert len(set(known.values())) > 5


def test_a_difference_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A usage, a repeat and a list of codes that somebody changes are differences."""
    ours = compare_grammar.places(
        {
            "transaction": {
                "loop": "2300",
                "usage": "S",
                "repeat": 100,
                "children": [{"tag": "NTE", "segment": 0, "usage": "S", "repeat": 1}],
            },
            "segments": [
                {"tag": "NTE", "elements": [{"usage": "R", "type": "AN", "codes": ["ADD"]}]}
            ],
        }
    )
    node, body = ours["2300", "NTE", "-"]
    other = ({**node, "repeat": 2}, {**body, "elements": [{"usage": "S", "codes": ["CER"]}]})
    assert list(compare_grammar.compare((node, body), other)) == [
        ("repeat", "1", "2"),
        ("01 usage", "R", "S"),
        ("01 codes", "ADD", "CER"),
    ]
