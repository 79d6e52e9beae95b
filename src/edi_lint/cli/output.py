"""Where results go: standard output or a file that appears whole or not at all."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Self

from edi_lint.files.outputs import OutputError, named_stream, widest_mode
from edi_lint.files.paths import is_file, is_there
from edi_lint.findings.masking import printable

Write = Callable[[Iterable[bytes]], None]
"""Writes pieces of a result to where it goes."""


class Failure(Exception):
    """The work could not be done; the message says what, where and what to do. Exit status 2.

    Its lines are safe to print, whatever names and values are in them.
    """

    def __init__(self, *lines: str) -> None:
        super().__init__(in_lines(lines))
        self.lines = lines


def failure(problem: Exception) -> Failure:
    """The failure that a problem is, in as many lines as it has."""
    return Failure(*getattr(problem, "problems", (str(problem),)))


def in_lines(lines: Iterable[str]) -> str:
    """A message of several lines, in which only these break."""
    return "\n  ".join(map(printable, lines))


def tell(*lines: str) -> None:
    """Print a message on standard error. Everything that is printed there is printed here.

    Names and values in it are made safe, so that they neither break a line, nor steer a terminal,
    nor are a command for GitHub.
    """
    print(f"edi-lint: {in_lines(lines)}", file=sys.stderr, flush=True)


def warn_of_terminal(output: Path | None) -> None:
    """Say that a result with protected data goes to a terminal, where nobody has asked for a file.

    What a terminal shows stays in its history.
    """
    if output is None and sys.stdout is not None and sys.stdout.isatty():
        tell(
            "the result has protected data and goes to this terminal; --output FILE keeps it in a "
            "file"
        )


def write(data: bytes, output: Path | None) -> None:
    """Write a result to `output`, or to standard output when that is None. Raises Failure."""
    with destination(output) as stream:
        stream.write(data)


@contextmanager
def destination(output: Path | None) -> Iterator[BinaryIO]:
    """A stream to `output`, or to standard output when that is None. Raises Failure.

    A file is written beside its final name, flushed to disk and renamed when the block is done;
    when the block raises, nothing of it remains. A link is followed, and a file that is there
    keeps its mode. A device or a pipe is written to directly.
    """
    if output is None:
        with _standard_output() as stream:
            yield stream
        return
    target = Path(os.path.realpath(output))
    if is_there(target) and not is_file(target):
        with _special(output) as stream:
            yield stream
        return
    beside = _Beside(output)
    try:
        yield beside.open(lambda handle: os.fdopen(handle, "wb"))
        beside.finish()
        beside.appear()
    except OSError as problem:
        raise beside.failure(problem) from None
    finally:
        beside.discard()


class Together:
    """Several outputs that are all written before the first of the files among them appears.

    To be used as a context: when its block is done the files appear, in the order in which they
    were opened; when it raises, nothing of them remains. Raises Failure; a stream raises
    OutputError from what is written.
    """

    def __init__(self) -> None:
        self._files: list[_Beside] = []
        self._unwanted: set[_Beside] = set()
        self._others = ExitStack()

    def stream(self, output: Path | None) -> BinaryIO:
        """A stream to a file, a device, a pipe, or for None to standard output."""
        if output is None or (is_there(output) and not is_file(output)):
            return self._others.enter_context(destination(output))
        return self.open(output)

    def open(self, output: Path) -> BinaryIO:
        """A stream to a file, which can be read again. Raises Failure for a device or a pipe."""
        target = Path(os.path.realpath(output))
        if is_there(target) and not is_file(target):
            raise Failure(f"{output}: not a file; name one")
        beside = _Beside(output)
        self._files.append(beside)
        return beside.open(lambda handle: named_stream(handle, output))

    def leave_out(self, stream: BinaryIO) -> None:
        """Let this file not appear; one of its name that is there already is removed instead."""
        self._unwanted |= {file for file in self._files if file.stream is stream}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *raised: Any) -> None:
        try:
            if kind is None:
                self._finish()
                self._others.close()
                self._appear()
            else:
                self._others.__exit__(kind, *raised)
        finally:
            for file in self._files:
                file.discard()

    def _finish(self) -> None:
        for file in self._files:
            try:
                file.finish()
            except OSError as problem:
                raise file.failure(problem) from None

    def _appear(self) -> None:
        done = ""
        for file in self._files:
            try:
                if file in self._unwanted:
                    file.remove()
                else:
                    file.appear()
                file.settle()
            except OSError as problem:
                raise file.failure(problem, done) from None
            done = f"; {file.output} is done already"


class _Beside:
    """A file that is written beside its final name, which it then takes. Its methods raise OSError,
    but for the first, which raises Failure.
    """

    def __init__(self, output: Path) -> None:
        from edi_lint.files.leftovers import private_file, remove_leftovers

        self.output = output
        self._target = Path(os.path.realpath(output))
        refuse_database(output)
        remove_leftovers(self._target.parent)
        try:
            self._temporary, self._handle, self._lock = private_file(self._target)
        except OSError as problem:
            remedy = "; make its folder first" if problem.errno == errno.ENOENT else ""
            raise Failure(f"{output}: cannot write there: {problem.strerror}{remedy}") from None
        self.stream: BinaryIO | None = None

    def open(self, opener: Callable[[int], BinaryIO]) -> BinaryIO:
        self.stream = opener(self._handle)
        return self.stream

    def finish(self) -> None:
        """All is written: to the disk with it. The file that is there gives its mode, as far as
        the inputs let it."""
        target = self._target
        assert self.stream is not None
        self.stream.flush()
        os.fsync(self.stream.fileno())
        self.stream.close()
        mode = target.stat().st_mode & 0o777 if is_there(target) else 0o666 & ~_umask()
        self._temporary.chmod(mode & _most.mode)

    def appear(self) -> None:
        """Take the final name, at once and whole."""
        self._temporary.replace(self._target)

    def remove(self) -> None:
        """Instead of appearing: remove the file of the final name, if there is one."""
        self._target.unlink(missing_ok=True)

    def settle(self) -> None:
        """See to it that the name is on the disk before the next file takes its own."""
        with suppress(OSError):  # not every system lets a folder be opened
            folder = os.open(self._target.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def discard(self) -> None:
        """Let nothing remain of what has not appeared."""
        if self.stream is not None:
            with suppress(OutputError, OSError):
                self.stream.close()
        self._temporary.unlink(missing_ok=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def failure(self, problem: OSError, more: str = "") -> Failure:
        return Failure(f"{self.output}: cannot write: {problem.strerror}{more}")


@contextmanager
def destinations(outputs: Sequence[Path | None]) -> Iterator[list[Write]]:
    """For each output what writes to it, as `destination` does. Raises Failure.

    Of several, a standard output whose reader has gone away leaves the others to be written.
    """
    with ExitStack() as stack:
        streams = [stack.enter_context(destination(output)) for output in outputs]
        yield [
            _writer(stream, output, alone=len(outputs) == 1)
            for stream, output in zip(streams, outputs, strict=True)
        ]


def _writer(stream: BinaryIO, output: Path | None, alone: bool) -> Write:
    if alone:
        return stream.writelines

    def write(pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            try:
                stream.write(piece)
            except BrokenPipeError:
                if output is not None:
                    raise Failure(f"{output}: its reader has gone away") from None
                _discard_the_rest()
            except OSError as problem:
                name = output or "standard output"
                raise Failure(f"{name}: cannot write: {problem.strerror}") from None

    return write


def _discard_the_rest() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def folder(target: Path) -> Iterator[Path]:
    """A folder to write files to, which go to `target` when the block is done. Raises Failure.

    When the block raises, nothing of them remains. What else `target` holds stays; without
    a file it is not made.
    """
    from edi_lint.files.leftovers import private_folder, remove_leftovers

    if is_there(target) and not target.is_dir():
        raise Failure(f"{target}: cannot write there, because it is not a folder")
    near = next(p for p in (target, *target.absolute().parents) if is_there(p))
    remove_leftovers(near)
    with ExitStack() as stack:
        try:
            staged = stack.enter_context(private_folder(near))
        except OSError as problem:
            raise Failure(f"{target}: cannot write there: {problem.strerror}") from None
        yield staged
        try:
            for file in sorted(staged.iterdir()):
                refuse_database(target / file.name)
                make_folder(target)
                file.chmod(0o666 & ~_umask() & _most.mode)
                file.replace(target / file.name)
        except OSError as problem:
            raise Failure(f"{target}: cannot write: {problem.strerror}") from None


def make_folder(target: Path) -> None:
    """Make a folder and those above it that are not there, as private as the inputs."""
    for place in reversed((target, *target.parents)):
        if not is_there(place):
            place.mkdir(mode=_most.folder_mode, exist_ok=True)


@contextmanager
def _standard_output() -> Iterator[BinaryIO]:
    """Standard output; a reader that goes away is its own affair, any other trouble is ours."""
    if sys.stdout is None:
        raise Failure("standard output is closed")
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        _discard_the_rest()
    except OSError as problem:
        _discard_the_rest()
        raise Failure(f"standard output: cannot write: {problem.strerror}") from None


@contextmanager
def _special(output: Path) -> Iterator[BinaryIO]:
    """A device or a pipe, which can only be written as it is."""
    try:
        with output.open("wb") as stream:
            yield stream
    except OSError as problem:
        raise Failure(f"{output}: cannot write: {problem.strerror}") from None


class _Most:
    """The most that others may do with what is written: what they may with every input."""

    mode = 0o777

    @property
    def folder_mode(self) -> int:
        """The same for a folder, which is entered where its files are read."""
        return self.mode | (self.mode & 0o444) >> 2 | 0o700


_most = _Most()


def write_as_private_as(inputs: Iterable[str | Path]) -> None:
    """From now on what is written may be read and written by nobody who may not do so with each of
    the inputs (- is standard input). Its owner may always write."""
    _most.mode = widest_mode(inputs)


def refuse_database(output: Path) -> None:
    """Raises Failure where an output would replace a database, as a ledger is one."""
    with suppress(OSError):
        if is_file(output):
            with output.open("rb") as stream:
                if stream.read(len(_DATABASE)) == _DATABASE:
                    raise Failure(f"{output}: is a database, such as a ledger; name another file")


_DATABASE = b"SQLite format 3\0"


def overwrites(output: Path, taken: Iterable[str | Path | None]) -> bool:
    """Whether writing an output would replace one of the files that are taken: inputs, a ledger,
    what else is read or written, also where one is not there yet."""
    return any(same_target(Path(path), output) for path in taken if path and path != "-")


def same_file(left: str | Path, right: Path) -> bool:
    """Whether writing `right` would overwrite the input `left`."""
    try:
        return Path(left).samefile(right)
    except OSError:
        return False


def same_target(left: Path, right: Path) -> bool:
    """Whether both would write to one file, also to one that is not there yet."""
    if is_there(left) and not is_file(left):
        return False
    return os.path.realpath(left) == os.path.realpath(right) or same_file(left, right)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
