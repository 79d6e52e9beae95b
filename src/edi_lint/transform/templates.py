"""Finds, compiles and runs Jinja templates, shipped ones and the user's own, in a sandbox.

What a template sees, and which filters it has, is the business of the command that uses it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from types import TracebackType
from typing import Any

import jinja2
from jinja2.bccache import Bucket
from jinja2.sandbox import ImmutableSandboxedEnvironment, SandboxedEnvironment

from edi_lint.claims.loops import Loop
from edi_lint.engine import Block
from edi_lint.files import resources
from edi_lint.files.paths import is_file
from edi_lint.grammar import Grammar, LoopNode, SegmentNode
from edi_lint.x12 import Window
from edi_lint.x12.errors import EdiLintError

MAX_TEMPLATE = 1024 * 1024
"""A longer file is taken for something else named by mistake."""

_MARKUP = re.compile(r"\.(html?|xhtml|xml|svg)(\.(j2|jinja2?))?$", re.IGNORECASE)
_VALUE_FREE = (jinja2.TemplateError, TypeError, ZeroDivisionError)
"""Problems whose words name types and fields; those of others may repeat a value of the data."""

_OF_TEMPLATES = (jinja2.TemplateError, MemoryError, RecursionError)
"""Problems that a template makes, also where our own code meets them."""
_NAMED = re.compile(r"""\b(attribute|called|named|argument) (["'])(.*?)\2(?= |\.|$)""", re.DOTALL)
"""A name in the words of a problem."""

_PLAIN = frozenset({str, int, bool})
_INNER = (Block, Grammar, Loop, LoopNode, SegmentNode, Window)


class TemplateProblem(EdiLintError):
    """A template that cannot be found, read, compiled or run; the message says where and why."""


class TemplateMemoryError(TemplateProblem):
    """A template that needs more memory than there is for it; the message says where."""


@dataclass(frozen=True, slots=True)
class TemplateSource:
    """A template's text. `path` is where it stands, `shipped` whether it is one of ours."""

    name: str
    path: str
    text: str
    shipped: bool

    @property
    def is_markup(self) -> bool:
        """Whether its output is HTML or XML, by the file's name or the text's first character."""
        return bool(_MARKUP.search(self.path)) or self.text.lstrip().startswith("<")


class _Template(jinja2.Template):
    """A compiled template that keeps its text."""

    text = ""


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox, with a short way for plain data: text and numbers give no way out of it.

    What lies under claims and segments, bytes of the whole file and the guide, is kept from it.
    """

    template_class = _Template

    def getitem(self, obj: Any, argument: Any) -> Any:
        value = super().getitem(obj, argument)
        return self.unsafe_undefined(obj, str(argument)) if isinstance(value, _INNER) else value

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if type(value) in _PLAIN and not attr.startswith("_"):
            return True
        return not isinstance(value, _INNER) and super().is_safe_attribute(obj, attr, value)


class _CompiledTemplates(jinja2.BytecodeCache):
    """The code of shipped templates of a kind, which a process compiles once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key, bucket.checksum] = bucket.code


@cache
def _codes(kind: str, autoescape: bool) -> _CompiledTemplates:
    """What escapes is other code than what does not."""
    del kind, autoescape
    return _CompiledTemplates()


def environment(kind: str, autoescape: bool) -> SandboxedEnvironment:
    """The environment for templates of a kind (`annotate`, `rewrite`).

    An undefined name is an error. A template is a single file: what it includes, imports or
    extends can only be a shipped template of its kind, by name.
    """

    def shipped(name: str) -> tuple[str, str, None] | None:
        file = _shipped(kind).get(name)
        return (file.read_text("utf-8"), str(file), None) if file else None

    return _Environment(
        loader=jinja2.FunctionLoader(shipped),
        undefined=jinja2.StrictUndefined,
        autoescape=autoescape,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        bytecode_cache=_codes(kind, autoescape),
    )


def text(kind: str, name: str) -> str | None:
    """The text of a shipped template; None where none is called so."""
    file = _shipped(kind).get(name)
    return file.read_text("utf-8") if file else None


def names(kind: str) -> list[str]:
    """The shipped templates of a kind, by the name that `--template` takes."""
    return sorted(_shipped(kind))


def summaries(kind: str) -> list[tuple[str, str]]:
    """The shipped templates of a kind, by name, each with what it does in a line."""
    texts = {name: file.read_text("utf-8") for name, file in _shipped(kind).items()}
    return [(name, _summary(name, text)) for name, text in sorted(texts.items())]


def source_of(kind: str, name: str) -> bytes:
    """The text of a shipped template, as it is in its file. Raises KeyError for an unknown name."""
    return _shipped(kind)[name].read_bytes()


def _summary(name: str, text: str) -> str:
    """What comes after the name in a template's first comment."""
    _, _, rest = text.partition(f"{name}: ")
    return rest.partition("\n")[0].strip()


def find(kind: str, name_or_path: str) -> TemplateSource:
    """A shipped template by its name, or the user's own by its path.

    Anything with a path separator in it, and anything that names an existing file, is a path,
    unless it is the name of a shipped template. Raises TemplateProblem.
    """
    shipped = _shipped(kind).get(name_or_path)
    if shipped is not None:
        return TemplateSource(name_or_path, str(shipped), shipped.read_text("utf-8"), shipped=True)
    path = Path(name_or_path)
    if not _is_path(name_or_path) and not is_file(path):
        known = ", ".join(names(kind))
        raise TemplateProblem(
            f"no template is called {name_or_path!r}: name one of {known}, or the path of a file"
        )
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_TEMPLATE + 1)
    except OSError as problem:
        raise TemplateProblem(f"{path}: cannot read the template: {problem.strerror}") from None
    if len(data) > MAX_TEMPLATE:
        raise TemplateProblem(f"{path}: longer than {MAX_TEMPLATE} bytes, so not a template")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise TemplateProblem(f"{path}, line {line}: a template must be UTF-8 text") from None
    return TemplateSource(path.name, str(path), text, shipped=False)


def load(
    kind: str,
    name_or_path: str,
    *,
    autoescape: bool | None = None,
    filters: Mapping[str, Callable[..., Any]] | None = None,
) -> tuple[jinja2.Template, str]:
    """A compiled template and its path, as messages about it name it.

    Without `autoescape` what looks like markup is escaped: see `TemplateSource.is_markup`. Raises
    TemplateProblem, with the line of a syntax error.
    """
    source = find(kind, name_or_path)
    env = environment(kind, source.is_markup if autoescape is None else autoescape)
    env.filters.update(filters or {})
    return compiled(env, source), source.path


def compiled(env: jinja2.Environment, source: TemplateSource) -> jinja2.Template:
    """Compile a template; its file's name is in every message about it."""
    try:
        code = _code(env, source)
    except jinja2.TemplateSyntaxError as problem:
        where = f"{source.path}, line {problem.lineno}"
        raise TemplateProblem(f"{where}: {problem.message}") from None
    except RecursionError:
        raise TemplateProblem(f"{source.path}: nested too deep") from None
    template = env.template_class.from_code(env, code, env.make_globals(None))
    if isinstance(template, _Template):
        template.text = source.text
    return template


def _code(env: jinja2.Environment, source: TemplateSource) -> Any:
    codes = env.bytecode_cache if source.shipped else None
    if codes is None:
        return env.compile(source.text, source.name, source.path)
    bucket = codes.get_bucket(env, source.name, source.path, source.text)
    if bucket.code is None:
        bucket.code = env.compile(source.text, source.name, source.path)
        codes.set_bucket(bucket)
    return bucket.code


def generate(template: jinja2.Template, path: str, variables: Mapping[str, Any]) -> Iterator[str]:
    """The template's output in pieces, as it is made. Raises TemplateProblem."""
    try:
        yield from template.generate(**variables)
    except Exception as problem:
        explained = explain(problem, path, template)
        if explained is None:
            raise
        raise explained from None


def explain(problem: Exception, path: str, template: jinja2.Template) -> TemplateProblem | None:
    """What went wrong in a template, with its line; None where the fault is in our own code.

    A name that the template has taken from a value is not told.
    """
    line, ours = _line(problem.__traceback__, path)
    if line is None or (ours and not isinstance(problem, _OF_TEMPLATES)):
        return None
    words = str(problem) if isinstance(problem, _VALUE_FREE) else ""
    if isinstance(problem, jinja2.TemplateNotFound):
        words = f"no shipped template is called {problem.name!r}"
    if not isinstance(problem, jinja2.TemplateError):
        words = f"{type(problem).__name__}: {words}" if words else type(problem).__name__
    words = re.sub(r"'(?:\w+\.)+(\w+) object'", r"'\1'", words)
    text = template.text if isinstance(template, _Template) else ""
    words = _NAMED.sub(lambda found: found[0] if found[3] in text else f"{found[1]} …", words)
    kind = TemplateMemoryError if isinstance(problem, MemoryError) else TemplateProblem
    return kind(f"{path}, line {line}: {words}")


def _line(traceback: TracebackType | None, path: str) -> tuple[int | None, bool]:
    """The last line of the template that ran, and whether it failed in our code called by it."""
    line, ours = None, False
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_filename == path:
            line, ours = traceback.tb_lineno, False
        elif line is not None and "edi_lint" in traceback.tb_frame.f_globals.get("__name__", ""):
            ours = True
        traceback = traceback.tb_next
    return line, ours


def _shipped(kind: str) -> dict[str, Traversable]:
    folder = resources.templates(kind)
    files = folder.iterdir() if folder.is_dir() else iter(())
    return {f.name.partition(".")[0]: f for f in files if f.name.endswith(".j2")}


def _is_path(name: str) -> bool:
    return "/" in name or "\\" in name
