"""`edi-lint check --watch`: lints the files of a folder as they come, and moves them on."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any, BinaryIO

from edi_lint.cli.inputs import collect_garbage, is_input, opened
from edi_lint.cli.output import Failure, in_lines, output_file, tell, write_as_private_as
from edi_lint.cli.split import worse
from edi_lint.cli.words import count
from edi_lint.codes.tables import TableError
from edi_lint.files.paths import is_folder
from edi_lint.files.spool import StoreError
from edi_lint.findings import Severity
from edi_lint.findings.masking import internal_error
from edi_lint.findings.report import Report
from edi_lint.reporters import held_json
from edi_lint.run.check_file import check_file
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from edi_lint.transform.split import SplitError, Splitting, split
from edi_lint.watching.arrivals import Settling, Stamp, stamp_of, waiting
from edi_lint.watching.handover import FOLDERS, Handover, Item

_EVERY = 0.5
"""Seconds from one look at the folder to the next."""
_LATER = 30.0
"""Seconds until something is tried again that could not be done."""


class Watcher:
    """Lints what comes to a folder until it is stopped; with a target, moves it on.

    `opened` opens the file of a report by its name for as long as the report is dealt with. Raises
    Failure at once where folder and target are not what they should be.
    """

    def __init__(
        self,
        paths: list[str],
        target: Path | None,
        settings: Settings,
        fail_on: Severity | None,
        settled: float,
        quiet: bool,
    ) -> None:
        if len(paths) != 1 or not is_folder(paths[0]):
            raise Failure("--watch: name one folder to watch, and no file")
        self._folder = Path(paths[0])
        self._settings = settings
        self._fail_on = fail_on
        self._quiet = quiet
        self._linter = Linter(settings)
        self._settling = Settling(settled)
        self._handover = _handover(self._folder, target)
        self._done: dict[Path, Stamp] = {}
        self._files = 0
        self._trouble: set[str] = set()
        self._at: dict[str, Path] = {}
        self._stop = Event()
        collect_garbage()

    @contextmanager
    def opened(self, path: str) -> Iterator[BinaryIO]:
        with opened(str(self._at.get(path, path))) as stream:
            yield stream

    @contextmanager
    def stopped_by_signals(self) -> Iterator[None]:
        """SIGINT and SIGTERM end the watch after the file at hand; a second one ends it at once."""

        def stop(number: int, _: Any) -> None:
            self._stop.set()
            signal.signal(number, before[signal.Signals(number)])

        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, stop) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def reports(self) -> Iterator[Report]:
        """A report for each file when it is complete. What is moved on is so after its report."""
        self._say(f"watching {self._folder}; stop with Ctrl-C or SIGTERM")
        while not self._stop.is_set():
            if self._handover:
                yield from self._left(self._handover)
            yield from self._new()
            self._stop.wait(_EVERY)
        self._say(f"stopped; {count(self._files, 'file')} linted")

    def _new(self) -> Iterator[Report]:
        """What has come to the folder."""
        try:
            files = [*waiting(self._folder, is_input)]
        except OSError as problem:
            self._tell(str(self._folder), problem)
            return
        self._trouble.discard(str(self._folder))
        self._settling.forget_gone()
        here = set(files)
        self._done = {file: stamp for file, stamp in self._done.items() if file in here}
        for file in files:
            if self._stop.is_set():
                return
            with self._trouble_told(file.name):
                if self._done.get(file) != stamp_of(file) and self._settling.is_complete(file):
                    yield from self._arrived(file)

    def _arrived(self, file: Path) -> Iterator[Report]:
        """A file of the folder is complete."""
        if self._handover:
            if file.is_symlink():
                raise Failure("is a link, and what it leads to stays where it is; move the file in")
            with self._handover.taken(file) as item:
                if item:
                    yield from self._worked_on(item)
        else:
            self._done[file] = stamp_of(file)
            yield from self._linted(file, str(file))

    def _left(self, handover: Handover) -> Iterator[Report]:
        """What is in work, and nobody works on: its worker was ended, or had to wait."""
        names: list[str] = []
        with self._trouble_told("work"):
            names = handover.in_work()
        for name in names:
            if self._stop.is_set():
                return
            with self._trouble_told(name), handover.left(name) as item:
                if item is not None:
                    yield from self._gone_on_with(item)

    def _gone_on_with(self, item: Item) -> Iterator[Report]:
        file = item.input
        if item.is_ready:
            self._publish(item, ["gone on with"])
        elif file is None:
            item.remove()
        elif self._settling.is_complete(file):
            yield from self._worked_on(item)

    def _linted(self, file: Path, shown: str) -> Iterator[Report]:
        """The report of a file; what is printed of it is on its way when the next is asked for."""
        self._at[shown] = file
        report = check_file(self._linter, shown, self.opened)
        self._files += 1
        yield report
        sys.stdout.flush()
        del self._at[shown]

    def _worked_on(self, item: Item) -> Iterator[Report]:
        """Lint a file in work, split it, and move on what came of it."""
        file = item.input
        assert file is not None
        stamp, shown = stamp_of(file), str(self._folder / file.name)
        try:
            yield from self._linted(file, shown)
            told = self._split(item, file, shown)
            is_settled = item.settle(stamp)
        except Exception:
            with suppress(OSError):
                self._settling.delay(file, _LATER)
            raise
        if is_settled:
            self._publish(item, told)
        else:
            self._say(f"{shown}: was changed while it was read; it is linted again")
            self._settling.delay(file, 0)

    def _split(self, item: Item, file: Path, shown: str) -> list[str]:
        """Stage what comes of a file. Gives the lines that are to be printed of it.

        Raises as `split` does, and OSError and Failure where nothing can be written.
        """
        write_as_private_as([file])
        paths = item.stage()
        try:
            with output_file(paths["clean"]) as clean, output_file(paths["held"]) as held:
                result = split(
                    file, self._settings, fail_on=self._fail_on, clean=clean, held=held, name=shown
                )
            if not result.is_worse:
                return self._kept(result, paths)
            reason = worse(result, self._settings.phi)
        except SplitError as problem:
            reason = [str(problem).replace(str(file), shown)]
        except (OSError, StoreError, Failure):
            raise
        except Exception as problem:
            reason = [internal_error(problem)]
        for name in ("clean", "held", "report"):
            paths[name].unlink(missing_ok=True)
        with output_file(paths["reason"]) as stream:
            stream.write(f"{in_lines(reason)}\n".encode())
        paths["failed"].touch()
        return ["not split: " + reason[0], *reason[1:]]

    def _kept(self, result: Splitting, paths: dict[str, Path]) -> list[str]:
        stray = f"; {count(result.stray, 'byte')} outside of segments left out"
        stray = stray if result.stray else ""
        if not result.clean.size:
            paths["clean"].unlink()
        if not result.held.size:
            paths["held"].unlink()
            return [f"{count(result.clean.claims, 'claim')}, none held{stray}"]
        with output_file(paths["report"]) as stream:
            stream.writelines(one.encode() for one in held_json.render(result, self._settings.phi))
        return [f"{result.held.claims} of {count(result.whole.claims, 'claim')} held{stray}"]

    def _publish(self, item: Item, told: list[str]) -> None:
        places = item.publish()
        went = ", ".join(str(p) for name, p in places.items() if name != "report")
        first, *more = told
        if more:
            self._say(f"{item.name}: {first}", *more, went)
        else:
            self._say(": ".join(filter(None, (item.name, first, went))))

    @contextmanager
    def _trouble_told(self, name: str) -> Iterator[None]:
        """Reports what goes wrong with one file, which is tried again later."""
        try:
            yield
        except BrokenPipeError:  # nobody reads what is printed
            raise
        except (OSError, StoreError, Failure) as problem:
            self._tell(name, problem)
        except TableError:
            raise
        except Exception as problem:  # one file never ends the watch
            self._tell(name, Failure(internal_error(problem)))
        else:
            self._trouble.discard(name)

    def _tell(self, name: str, problem: Exception) -> None:
        """Say what goes wrong, once until it goes well again."""
        if name in self._trouble:
            return
        self._trouble.add(name)
        reason = problem.strerror if isinstance(problem, OSError) else str(problem)
        where = getattr(problem, "filename2", None) or getattr(problem, "filename", None)
        place = f"{where}: " if where and os.path.basename(where) != name else ""  # noqa: PTH119
        tell(f"{name}: {place}{reason}; tried again later")

    def _say(self, first: str, *more: str) -> None:
        if not self._quiet:
            tell(f"{datetime.now():%H:%M:%S} {first}", *more)


def _handover(folder: Path, target: Path | None) -> Handover | None:
    """What moves files on to a folder, which is made if it is not there. Raises Failure."""
    if target is None:
        return None
    watched = Path(os.path.realpath(folder))
    own = [Path(os.path.realpath(target / name)) for name in FOLDERS]
    if any(watched.is_relative_to(place) for place in own):
        raise Failure(
            f"--split-to {target}: what is moved to {folder} would come in again; name a folder "
            "beside the one that is watched"
        )
    try:
        made = Handover(target, folder.stat().st_mode & 0o777 | 0o700)
        if target.stat().st_dev != folder.stat().st_dev:
            raise Failure(
                f"--split-to {target}: is on another file system than {folder}, so that files "
                "cannot be moved there at once; name a folder beside it"
            )
    except OSError as problem:
        raise Failure(f"--split-to {target}: {problem.strerror}") from None
    return made
