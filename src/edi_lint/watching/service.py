"""Watches a folder: lints its files as they come, and moves on what came of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import BinaryIO

from edi_lint.codes.tables import TableError
from edi_lint.files.folders import is_input
from edi_lint.files.outputs import OutputError, new_file, widest_mode
from edi_lint.files.paths import is_folder
from edi_lint.files.spool import StoreError
from edi_lint.findings import Severity
from edi_lint.findings.masking import internal_error, printable
from edi_lint.findings.report import Report
from edi_lint.reporters import held_json
from edi_lint.reporters.words import count, why_worse
from edi_lint.run.check_file import check_file
from edi_lint.run.drive import Linter
from edi_lint.run.flow import CheckFlow
from edi_lint.settings import Settings
from edi_lint.transform.split import SplitError, Splitting, split
from edi_lint.watching.arrivals import SETTLED, Settling, Stamp, stamp_of, waiting
from edi_lint.watching.handover import FOLDERS, Handover, Item
from edi_lint.x12.errors import EdiLintError

_EVERY = 0.5
"""Seconds from one look at the folder to the next."""
_LATER = 30.0
"""Seconds until something is tried again that could not be done."""

Say = Callable[..., None]
"""Takes the lines of a message, without protected data."""


class WatchError(EdiLintError, ValueError):
    """A folder cannot be watched, or its files cannot be moved on; the message says what to do."""


class FolderWatcher:
    """Lints what comes to a folder until it is stopped; with a target, moves it on.

    `opened` opens the file of a report by its name for as long as the report is dealt with. `say`
    takes what is done, `warn` what goes wrong with a file, which is tried again later; without
    them it is logged, by the logger `edi_lint`. The watch ends when `stop` is set. Raises
    WatchError at once where folder and target are not what they should be, and what `Linter`
    raises for settings.
    """

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        *,
        target: Path | None = None,
        fail_on: Severity | None = Severity.ERROR,
        settled: float = SETTLED,
        say: Say | None = None,
        warn: Say | None = None,
        stop: Event | None = None,
    ) -> None:
        if not is_folder(folder):
            raise WatchError(f"{folder}: is not a folder to watch; name one")
        self._folder = folder
        self._settings = settings
        self._fail_on = fail_on
        self._say = say or _log_info
        self._warn = warn or _log_warning
        self._linter = Linter(settings)
        self._settling = Settling(settled)
        self._handover = _handover(self._folder, target)
        self._done: dict[Path, Stamp] = {}
        self._files = 0
        self._trouble: set[str] = set()
        self._at: dict[str, Path] = {}
        self._stop = stop or Event()

    def stop(self) -> None:
        """End the watch after the file at hand; from any thread, or a signal's handler."""
        self._stop.set()

    @contextmanager
    def opened(self, path: str) -> Iterator[BinaryIO]:
        with self._at.get(path, Path(path)).open("rb") as stream:
            yield stream

    def reports(self) -> Iterator[Report]:
        """A report for each file when it is complete. What is moved on is so after its report."""
        self._say(f"watching {self._folder}; stop with Ctrl-C or SIGTERM")
        while not self._stop.is_set():
            if self._handover:
                yield from self._go_on_with_work(self._handover)
            yield from self._lint_new()
            self._stop.wait(_EVERY)
        self._say(f"stopped; {count(self._files, 'file')} linted")

    def _lint_new(self) -> Iterator[Report]:
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
            with self._survive(file.name):
                if self._done.get(file) != stamp_of(file) and self._settling.is_complete(file):
                    yield from self._take(file)

    def _take(self, file: Path) -> Iterator[Report]:
        """A file of the folder is complete."""
        if self._handover:
            if file.is_symlink():
                raise WatchError(
                    "is a link, and what it leads to stays where it is; move the file in"
                )
            with self._handover.take(file) as item:
                if item:
                    yield from self._work_on(item)
        else:
            self._done[file] = stamp_of(file)
            yield from self._lint(file, str(file))

    def _go_on_with_work(self, handover: Handover) -> Iterator[Report]:
        """What is in work, and nobody works on: its worker was ended, or had to wait."""
        names: list[str] = []
        with self._survive("work"):
            names = handover.in_work()
        for name in names:
            if self._stop.is_set():
                return
            with self._survive(name), handover.take_over(name) as item:
                if item is not None:
                    yield from self._go_on_with(item)

    def _go_on_with(self, item: Item) -> Iterator[Report]:
        file = item.input
        if item.is_ready:
            self._publish(item, ["gone on with"])
        elif file is None:
            item.remove()
        elif self._settling.is_complete(file):
            yield from self._work_on(item)

    def _lint(self, file: Path, shown: str) -> Iterator[Report]:
        """The report of a file; what is printed of it is on its way when the next is asked for."""
        self._at[shown] = file
        report = check_file(self._linter, shown, self.opened)
        self._files += 1
        yield report
        del self._at[shown]

    def _work_on(self, item: Item) -> Iterator[Report]:
        """Lint a file in work, split it, and move on what came of it."""
        file = item.input
        assert file is not None
        stamp, shown = stamp_of(file), str(self._folder / file.name)
        try:
            yield from self._lint(file, shown)
            lines = self._split(item, file, shown)
            is_settled = item.settle(stamp)
        except Exception:
            with suppress(OSError):
                self._settling.delay(file, _LATER)
            raise
        if is_settled:
            self._publish(item, lines)
        else:
            self._say(f"{shown}: was changed while it was read; it is linted again")
            self._settling.delay(file, 0)

    def _split(self, item: Item, file: Path, shown: str) -> list[str]:
        """Stage what comes of a file. Gives the lines that are to be printed of it.

        Raises as `split` does, and OSError and OutputError where nothing can be written.
        """
        mode = widest_mode([file])
        paths = item.stage()
        try:
            with new_file(paths["clean"], mode) as clean, new_file(paths["held"], mode) as held:
                result = split(
                    file, self._settings, fail_on=self._fail_on, clean=clean, held=held, name=shown
                )
            if not result.is_worse:
                return self._stage(result, paths, mode)
            reason = why_worse(result, self._settings.phi)
        except SplitError as problem:
            reason = [str(problem).replace(str(file), shown)]
        except (OSError, StoreError, OutputError):
            raise
        except Exception as problem:
            reason = [internal_error(problem)]
        for name in ("clean", "held", "report"):
            paths[name].unlink(missing_ok=True)
        with new_file(paths["reason"], mode) as stream:
            stream.write("{}\n".format("\n  ".join(map(printable, reason))).encode())
        paths["failed"].touch()
        return ["not split: " + reason[0], *reason[1:]]

    def _stage(self, result: Splitting, paths: dict[str, Path], mode: int) -> list[str]:
        """Stage the parts of a file that was split."""
        stray = f"; {count(result.stray, 'byte')} outside of segments left out"
        stray = stray if result.stray else ""
        if not result.clean.size:
            paths["clean"].unlink()
        if not result.held.size:
            paths["held"].unlink()
            return [f"{count(result.clean.claims, 'claim')}, none held{stray}"]
        with new_file(paths["report"], mode) as stream:
            stream.writelines(one.encode() for one in held_json.render(result, self._settings.phi))
        return [f"{result.held.claims} of {count(result.whole.claims, 'claim')} held{stray}"]

    def _publish(self, item: Item, lines: list[str]) -> None:
        places = item.publish()
        went = ", ".join(str(p) for name, p in places.items() if name != "report")
        first, *more = lines
        if more:
            self._say(f"{item.name}: {first}", *more, went)
        else:
            self._say(": ".join(filter(None, (item.name, first, went))))

    @contextmanager
    def _survive(self, name: str) -> Iterator[None]:
        """Reports what goes wrong with one file, which is tried again later."""
        try:
            yield
        except BrokenPipeError:  # nobody reads what is printed
            raise
        except (OSError, StoreError, OutputError, WatchError) as problem:
            self._tell(name, problem)
        except TableError:
            raise
        except Exception as problem:  # one file never ends the watch
            self._tell(name, WatchError(internal_error(problem)))
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
        self._warn(f"{name}: {place}{reason}; tried again later")


def watch(
    folder: Path,
    settings: Settings,
    *,
    split_to: Path | None,
    fail_on: Severity | None,
    settled: float,
    stop: Event | None,
    records: bool,
) -> Iterator[Report]:
    """As `edi_lint.watch`."""
    watcher = FolderWatcher(
        folder, settings, target=split_to, fail_on=fail_on, settled=settled, stop=stop
    )
    flow = CheckFlow(settings, watcher.opened, fail_on=fail_on, records=records)
    reports = flow.follow(watcher.reports())
    return (replace(report, hidden=flow.hidden, fail_on=fail_on) for report in reports)


def _log_info(*lines: str) -> None:
    import logging

    logging.getLogger("edi_lint").info("\n  ".join(lines))


def _log_warning(*lines: str) -> None:
    import logging

    logging.getLogger("edi_lint").warning("\n  ".join(lines))


def _handover(folder: Path, target: Path | None) -> Handover | None:
    """What moves files on to a folder, which is made if it is not there. Raises WatchError."""
    if target is None:
        return None
    watched = Path(os.path.realpath(folder))
    own = [Path(os.path.realpath(target / name)) for name in FOLDERS]
    if any(watched.is_relative_to(place) for place in own):
        raise WatchError(
            f"{target}: what is moved to {folder} would come in again; name a folder "
            "beside the one that is watched"
        )
    try:
        made = Handover(target, folder.stat().st_mode & 0o777 | 0o700)
        if target.stat().st_dev != folder.stat().st_dev:
            raise WatchError(
                f"{target}: is on another file system than {folder}, so that files "
                "cannot be moved there at once; name a folder beside it"
            )
    except OSError as problem:
        raise WatchError(f"{target}: {problem.strerror}") from None
    return made
