"""Moves linted files on, each exactly once, however often and wherever the work is broken off.

The folder that files are moved on to has these in it, which are made as they are needed:

`clean/NAME`      the claims that may be sent
`held/NAME`       the claims that are held, and `held/NAME.json` why
`original/NAME`   the file as it came
`failed/NAME`     a file that could not be split, and `failed/NAME.reason` why
`work/NAME/`      a file that is being worked on: `lock`, which its worker holds; `input/`, with the
                  file under the name that it came with; `staged/`, what is being made of it, which
                  becomes `ready/` when it is all there

A file is taken by moving it to `work/NAME/input/`, which only one worker can do. Until `ready/` is
there nothing has left `work/`, and the file can be split again; from then on each result is moved
to its place, which is done once for each. So whoever finds a lock that nobody holds, after a crash,
goes on from what is there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edi_lint.watching.arrivals import Stamp, stamp_of

_PLACES = {
    "held": ("held", ""),
    "report": ("held", ".json"),
    "reason": ("failed", ".reason"),
    "clean": ("clean", ""),
}
"""Where results go: the folder, and what is put behind the name. The clean claims go last."""
_LONGEST = 230
"""Bytes of a name; most systems take 255, with a number and an ending put behind it."""
FOLDERS = ("clean", "held", "original", "failed", "work")
"""What is in the folder that files are moved on to."""
_FAILED = "failed"
"""Stays beside the results until the end, where the file itself belongs with what failed."""


class Item:
    """A file in work, while its lock is held."""

    def __init__(self, target: Path, name: str, mode: int = 0o777) -> None:
        self.name = name
        self._mode = mode
        self._target = target
        self._folder = target / "work" / name

    @property
    def input(self) -> Path | None:
        """The file; None where there is none, or none any more."""
        with suppress(FileNotFoundError):
            return next((self._folder / "input").iterdir(), None)
        return None

    @property
    def is_ready(self) -> bool:
        """Whether all that is made of the file is there."""
        return (self._folder / "ready").is_dir()

    def stage(self) -> dict[str, Path]:
        """Paths in an empty folder: for `clean`, `held` and `report`, or where the file cannot be
        split for `reason` and, to be empty, `failed`.
        """
        staged = self._folder / "staged"
        staged.mkdir(exist_ok=True)
        for path in staged.iterdir():
            path.unlink()
        return {name: staged / name for name in (*_PLACES, _FAILED)}

    def settle(self, stamp: Stamp) -> bool:
        """What was staged is all there is: False where the file has changed since it was stamped,
        and then nothing of it is used.
        """
        file = self.input
        if file is None or stamp_of(file) != stamp:
            return False
        staged = self._folder / "staged"
        for made in staged.iterdir():
            _to_disk(made)
        _to_disk(staged)
        staged.rename(self._folder / "ready")
        _to_disk(self._folder)
        return True

    def publish(self) -> dict[str, Path]:
        """Move each result that is still here to its place, then the file itself.

        Gives where those are that were made. Raises FileExistsError where something of the name is
        in a place already.
        """
        ready, places = self._folder / "ready", {}
        for name, (folder, ending) in _PLACES.items():
            place = self._target / folder / (self.name + ending)
            if (ready / name).exists():
                _move(ready / name, place, self._mode)
                places[name] = place
        if file := self.input:
            has_failed = (ready / _FAILED).exists()
            place = self._target / ("failed" if has_failed else "original") / self.name
            _move(file, place, self._mode)
            places["original"] = place
        self.remove()
        return places

    def remove(self) -> None:
        """The work is done: remove what is left, which holds nothing any more."""
        (self._folder / "ready" / _FAILED).unlink(missing_ok=True)
        for name in ("input", "ready", "staged"):
            with suppress(FileNotFoundError):
                (self._folder / name).rmdir()
        with suppress(FileNotFoundError):
            (self._folder / "lock").unlink()
        with suppress(OSError):  # another worker may just be looking at it
            self._folder.rmdir()


class Handover:
    """What is taken from one folder and moved on to another. Raises OSError throughout."""

    def __init__(self, target: Path, mode: int = 0o777) -> None:
        """`mode` is that of folders that are made, before the user's mask."""
        self._target = target
        self._mode = mode
        self._work = target / "work"
        target.mkdir(mode=mode, parents=True, exist_ok=True)
        self._work.mkdir(mode=0o700, exist_ok=True)

    @contextmanager
    def take(self, file: Path) -> Iterator[Item | None]:
        """Take a file, for as long as the context; None where somebody else has taken it."""
        name = self._reserved(file.name)
        if name is None:
            yield None
            return
        with self._locked(name) as item:
            yield item if item and self._moved_in(item, file) else None

    def _moved_in(self, item: Item, file: Path) -> bool:
        """Move a file into work; False where it, or its folder in work, is somebody else's now."""
        place = self._work / item.name / "input"
        try:
            place.mkdir()
        except FileExistsError:
            return False
        try:
            file.rename(place / file.name)
        except FileNotFoundError:
            item.remove()
            return False
        except OSError:
            item.remove()
            raise
        _to_disk(place)
        return True

    @contextmanager
    def take_over(self, name: str) -> Iterator[Item | None]:
        """A file in work that nobody works on, for as long as the context; else None."""
        with self._locked(name) as item:
            yield item

    def in_work(self) -> list[str]:
        """The names of what is in work, by whomever."""
        return sorted(path.name for path in self._work.iterdir())

    def _reserved(self, name: str) -> str | None:
        """The name, or with a number before its ending one that nothing in any place has; None
        where somebody is just about to take the file, or has taken it.

        The name is nobody else's as long as its folder in `work` is there.
        """
        name = _shortened(name)
        path, number = Path(name), 1
        while True:
            candidate = name if number == 1 else f"{path.stem}-{number}{path.suffix}"
            number += 1
            try:
                (self._work / candidate).mkdir()
            except FileExistsError:
                if Item(self._target, candidate).input is None:
                    return None
                continue
            if not self._is_taken(candidate):
                return candidate
            (self._work / candidate).rmdir()

    def _is_taken(self, name: str) -> bool:
        places = [*_PLACES.values(), ("original", ""), ("failed", "")]
        return any((self._target / folder / (name + ending)).exists() for folder, ending in places)

    @contextmanager
    def _locked(self, name: str) -> Iterator[Item | None]:
        from filelock import FileLock, Timeout

        lock = FileLock(self._work / name / "lock")
        try:
            lock.acquire(timeout=0)
        except (Timeout, FileNotFoundError):
            yield None
            return
        try:
            yield Item(self._target, name, self._mode)
        finally:
            lock.release()


def _shortened(name: str) -> str:
    """A name that leaves room for what is put behind it."""
    path = Path(name)
    room = _LONGEST - len(os.fsencode(path.suffix))
    if len(os.fsencode(path.stem)) <= room or room <= 0:
        return name
    return os.fsdecode(os.fsencode(path.stem)[:room]) + path.suffix


def _move(file: Path, place: Path, mode: int) -> None:
    """Give a file its place, on the disk too. Nothing is overwritten."""
    place.parent.mkdir(mode=mode, exist_ok=True)
    if place.exists():
        raise FileExistsError(17, "a file of that name is there already", str(place))
    file.rename(place)
    _to_disk(place.parent)


def _to_disk(path: Path) -> None:
    """See to it that a file, or the names in a folder, are on the disk."""
    flags = os.O_RDONLY if path.is_dir() else os.O_RDWR
    try:
        handle = os.open(path, flags)
    except PermissionError:  # not every system lets a folder be opened
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
