"""What cannot be done raises: every error is an EdiLintError, and is exported at the top."""

from __future__ import annotations

import importlib
import inspect
import io
import os
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import edi_lint
from conftest import FIXTURES
from edi_lint import EdiLintError, Settings
from edi_lint.settings import Suppression
from test_unchecked import CLEAN, MIXED, OTHERS, UNREADABLE

INSIDE = {
    "StaleEntryError": "an entry of the index that no longer fits its file; the file is scanned",
    "CutError": "edi_lint.redact makes a RedactError of it",
    "EditConflict": "edits that overlap are not chosen; a mistake of ours",
    "Failure": "the command line's",
    "WrongUse": "the command line's",
    "MissingValue": "what renders a template makes a RewriteError of it",
    "MisuseProblem": "what renders a template makes a RewriteError of it",
    "NotResumedError": "a slice that does not fit is linted again",
    "NoNumber": "edi_lint.rewrite makes a RewriteError of it",
    "Pyx12Refused": "the cross-check makes a line of it",
    "Stopped": "rewrite makes a RewriteError of it, the command line a Failure",
    "TableFull": "rules that are too many for the kernel are all asked",
    "ValueRefused": "what renders a template makes a RewriteError of it",
    "WrongPlace": "edit makes an EditError of it",
    "YamlFault": "the readers of rules, packs, profiles and data make an error of theirs of it",
    "Changed": "an OSError, of which a report is made, or a ReadError",
}
"""Exceptions that do not leave a public function, and why not."""


def modules() -> Iterator[ModuleType]:
    yield edi_lint
    for found in pkgutil.walk_packages(edi_lint.__path__, "edi_lint."):
        if not found.name.endswith("__main__"):
            try:
                yield importlib.import_module(found.name)
            except ImportError as problem:  # an extra that is not installed
                if str(problem.name).startswith("edi_lint"):
                    raise


def exceptions() -> dict[str, type[Exception]]:
    """The exception classes that the package defines, by their names."""
    found: dict[str, type[Exception]] = {}
    for module in modules():
        for name, kind in vars(module).items():
            own = inspect.isclass(kind) and str(kind.__module__).startswith("edi_lint")
            if own and issubclass(kind, Exception):
                assert found.setdefault(name, kind) is kind, f"two classes are called {name}"
    return found


def test_every_error_is_one_of_ours_and_is_exported() -> None:
    found = {name: kind for name, kind in exceptions().items() if not name.startswith("_")}
    assert len(found) > 25
    for name, kind in found.items():
        if name in INSIDE:
            assert not issubclass(kind, EdiLintError), name
            continue
        assert issubclass(kind, EdiLintError), name
        assert getattr(edi_lint, name) is kind, name
    assert found.keys() >= INSIDE.keys()


def test_the_package_shows_its_public_names_only() -> None:
    for module in modules():
        assert module
    assert dir(edi_lint) == sorted(edi_lint.__all__)
    for name in edi_lint.__all__:
        assert getattr(edi_lint, name) is not None
    assert not {"annotations", "Path", "Iterator", "settings", "linting"} & {*dir(edi_lint)}
    with pytest.raises(AttributeError):
        edi_lint.no_such_name  # noqa: B018


def test_every_public_function_names_what_it_raises() -> None:
    for name in ("check", "fix", "read", "redact", "report", "rewrite", "split", "watch"):
        assert "Raises" in (getattr(edi_lint, name).__doc__ or ""), name


# inputs

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "check": edi_lint.check,
    "fix": edi_lint.fix,
    "read": lambda source: [*edi_lint.read(source)],
    "redact": edi_lint.redact,
    "rewrite": lambda source: edi_lint.rewrite(source, control_number=7),
    "split": edi_lint.split,
}
BAD = {name: data for name, (data, _) in (OTHERS | UNREADABLE).items()}


class Broken(io.RawIOBase):
    """A stream that cannot be read."""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        raise OSError(5, "Input/output error")


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_an_input_that_is_no_claims_raises(
    function: Callable[[Any], Any], name: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.837"
    path.write_bytes(BAD[name])
    for source in (path, str(path), BAD[name], io.BytesIO(BAD[name])):
        with pytest.raises(EdiLintError) as raised:
            function(source)
        assert str(raised.value)


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_an_input_that_cannot_be_read_raises(
    function: Callable[[Any], Any], tmp_path: Path
) -> None:
    locked = tmp_path / "locked.837"
    locked.write_bytes(CLEAN)
    locked.chmod(0)
    sources: list[Any] = [
        tmp_path / "missing.837",
        tmp_path,
        str(tmp_path / "no" / "such"),
        Broken(),
    ]
    sources += [] if os.geteuid() == 0 else [locked]
    for source in sources:
        with pytest.raises(EdiLintError) as raised:
            function(source)
        assert str(raised.value)


@pytest.mark.parametrize("call", [edi_lint.check, edi_lint.fix, edi_lint.split, edi_lint.redact])
def test_a_text_that_is_a_file_is_not_taken_for_a_path(call: Callable[[Any], Any]) -> None:
    with pytest.raises(EdiLintError, match="pass the bytes of the file") as raised:
        call((FIXTURES / "valid" / "certificate.837").read_text())
    assert "ISA*" not in str(raised.value)


@pytest.mark.parametrize("name", ["select", "ignore"])
def test_one_code_is_not_taken_for_many(name: str) -> None:
    with pytest.raises(edi_lint.SettingsError, match=name + r': .* such as \("MOD",\)'):
        Settings(**{name: "MOD"})  # type: ignore[arg-type]


def test_check_says_which_of_them_it_is(tmp_path: Path) -> None:
    with pytest.raises(edi_lint.ReadError) as raised:
        edi_lint.check(tmp_path / "missing.837")
    assert isinstance(raised.value, OSError)
    assert raised.value.strerror == "No such file or directory"
    assert raised.value.filename == str(tmp_path / "missing.837")
    for name in UNREADABLE:
        with pytest.raises(edi_lint.NotX12Error):
            edi_lint.check(BAD[name])
    for name, (data, said) in OTHERS.items():
        with pytest.raises(edi_lint.Not837PError) as refused:
            edi_lint.check(data)
        assert said in str(refused.value), name


@hypothesis_settings(deadline=None, max_examples=60)
@given(st.integers(0, len(CLEAN) - 1), st.binary(max_size=12), st.integers(0, 200))
def test_damage_raises_our_errors_alone(at: int, put: bytes, cut: int) -> None:
    data = CLEAN[:at] + put + CLEAN[at + cut :]
    for function in FUNCTIONS.values():
        with suppress(EdiLintError):
            function(data)


# settings

BROKEN_SETTINGS: dict[str, Callable[[Path], Settings]] = {
    "select": lambda at: Settings(select=("NOPE",)),
    "ignore": lambda at: Settings(ignore=("NOPE",)),
    "profile": lambda at: Settings(profile="no-such-profile"),
    "profiles": lambda at: Settings(profiles=(at / "no.yaml",)),
    "pack": lambda at: Settings(packs=(at / "no.yaml",)),
    "broken pack": lambda at: Settings(packs=(at / "broken.yaml",)),
    "ledger": lambda at: Settings(ledger="nosuchdatabase://x/y"),
}


@pytest.mark.parametrize("made", BROKEN_SETTINGS.values(), ids=BROKEN_SETTINGS)
def test_settings_that_cannot_be_used_raise(
    made: Callable[[Path], Settings], tmp_path: Path
) -> None:
    (tmp_path / "broken.yaml").write_text("{{{")
    with pytest.raises(EdiLintError):
        edi_lint.check(CLEAN, made(tmp_path))


def test_a_baseline_that_cannot_be_read_raises(tmp_path: Path) -> None:
    for function in (edi_lint.check, edi_lint.split):
        with pytest.raises(edi_lint.BaselineError):
            function(CLEAN, Settings(baseline=tmp_path / "no.json"))


def test_a_threshold_that_is_none_raises() -> None:
    for function in (edi_lint.check, edi_lint.split):
        with pytest.raises(edi_lint.SettingsError, match="one of error, warning, info"):
            function(CLEAN, fail_on="bad")
    with pytest.raises(edi_lint.SettingsError):
        edi_lint.report([], fail_on="bad")


def test_an_engine_that_is_not_there_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDI_LINT_ENGINE", "no-such")
    for function in FUNCTIONS.values():
        with pytest.raises(edi_lint.EngineError):
            function(CLEAN)


def test_templates_and_data_that_cannot_be_used_raise(tmp_path: Path) -> None:
    broken = tmp_path / "broken.x12.j2"
    broken.write_text("{% if %}")
    for arguments in (
        {"template": "no-such"},
        {"template": str(broken)},
        {"data": {"NO-SUCH-CLAIM": "1"}},
        {"data": {"": "1"}},
        {"claims": ("NO-SUCH-CLAIM",)},
        {"hcpcs": ("Z9999",)},
    ):
        with pytest.raises(edi_lint.RewriteError):
            edi_lint.rewrite(CLEAN, control_number=7, **arguments)  # type: ignore[arg-type]


def test_an_earlier_report_that_is_none_raises(tmp_path: Path) -> None:
    with pytest.raises(edi_lint.PreviousError):
        edi_lint.report([FIXTURES / "valid" / "minimal.837"], previous=tmp_path)


# whether all is well


def test_a_report_is_ok_when_all_was_read_and_nothing_bad_was_found() -> None:
    balance = FIXTURES / "faulty" / "balance.837"
    assert edi_lint.check(CLEAN).ok
    assert edi_lint.check(CLEAN, fail_on="warning").ok
    spoken_of = FIXTURES / "faulty" / "no-documentation.837"
    assert edi_lint.check(spoken_of).ok
    assert not edi_lint.check(spoken_of, fail_on="info").ok
    assert not edi_lint.check(balance).ok
    assert edi_lint.check(balance, fail_on=None).ok
    assert not edi_lint.check(MIXED).ok
    assert not edi_lint.check(MIXED, fail_on=None).ok


def test_what_is_suppressed_does_not_count(tmp_path: Path) -> None:
    from datetime import date

    balance = FIXTURES / "faulty" / "balance.837"
    hidden = (Suppression("BAL001", "known", date(2999, 1, 1)),)
    report = edi_lint.check(balance, Settings(suppressions=hidden))
    assert report.ok and report.hidden is not None


def test_a_batch_is_ok_when_all_of_it_was_read(tmp_path: Path) -> None:
    clean = FIXTURES / "valid" / "minimal.837"
    other = tmp_path / "other.edi"
    other.write_bytes(OTHERS["999"][0])
    mixed = FIXTURES / "other" / "mixed.837"
    assert edi_lint.report([clean]).ok
    for bad in (other, mixed, tmp_path / "missing.837", FIXTURES / "faulty" / "balance.837"):
        assert not edi_lint.report([clean, bad]).ok, bad
    assert not edi_lint.report([]).ok
