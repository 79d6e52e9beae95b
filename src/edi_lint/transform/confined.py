"""Runs a user's own template in a process of its own, with limits of time, memory and output.

Jinja's sandbox keeps a template from files and from the interpreter, but bounds neither time nor
memory. So a template of the user's is compiled and run in another process. That gets the text of
the template, the rest of its job and the file through its standard input, and answers with one JSON
document a line. It has an empty environment, an empty working folder and no file of this process;
it can write no file, and start no process unless it is root's. What the system does not keep it
from, were it to leave the sandbox: to read what its user may read, and the network.

`rewriting` and `annotating` say what a job and its answers are, and do the work over there.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import IO, Any, BinaryIO

from edi_lint.codes import tables
from edi_lint.engine import choice
from edi_lint.findings.masking import Phi
from edi_lint.settings import Settings
from edi_lint.transform.limits import MB, Limits
from edi_lint.transform.templates import TemplateSource

Answer = dict[str, Any]
"""What the other process tells. `begin` names the claim that its template is run for from now on
(empty: the file), `end` says that it is done with that one; the rest is the work's own."""

_START_SECONDS = 30.0
"""What starting a process may take on a busy machine, beyond the limit for a claim."""

_LONGEST = 256 * MB
"""No answer is longer, in bytes: what is printed of a claim takes up to six bytes a character."""

_WAITING = 64
"""So many answers wait to be dealt with; then the other process does."""

_RESERVE = 64 * MB
"""Memory beyond the limit in which a process may still say that it has reached it."""

_OUT_OF_MEMORY = 86
"""The exit status of a process that has reached it."""

_PASSED_ON = (
    choice.VARIABLE,
    "SYSTEMROOT",
    "PYTHONHOME",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
)
"""The variables of the environment without which Python, or the engine that was asked for, may not
start."""


class Stopped(Exception):
    """Nothing came of it; `problems` say why, each in a line. They hold no protected data."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def run(
    work: str, template: TemplateSource, job: dict[str, Any], stream: BinaryIO, limits: Limits
) -> Iterator[Answer]:
    """What the module `work` of this folder answers in another process, as it comes.

    The answers end when the other process does. Raises Stopped when it passes its limits or says
    why it could not go on, OSError where the stream cannot be read.
    """
    job = {"work": work, "template": asdict(template), "limits": asdict(limits)} | job
    with tempfile.TemporaryDirectory(prefix="edi-lint-") as folder:
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(folder),
                cwd=folder,
                close_fds=True,
            )
        except OSError as problem:
            reason = problem.strerror or "unknown"
            raise Stopped(f"cannot start a process for {template.path}: {reason}") from None
        yield from _listened_to(process, template, job, stream, limits)


def _environment(folder: str) -> dict[str, str]:
    """All that the other process knows of this one's environment."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    passed["PYTHONPATH"] = os.pathsep.join(str(Path(p).absolute()) for p in sys.path if p)
    passed |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), folder)
    with suppress(tables.TableError):
        passed[tables.FOLDER] = str(tables.data_folder().absolute())
    return passed


def _listened_to(
    process: subprocess.Popen[bytes],
    template: TemplateSource,
    job: dict[str, Any],
    stream: BinaryIO,
    limits: Limits,
) -> Iterator[Answer]:
    assert process.stdin is not None
    assert process.stdout is not None
    answers: queue.Queue[bytes] = queue.Queue(_WAITING)
    unread: list[OSError] = []
    threads = [
        threading.Thread(target=_feed, args=(process.stdin, job, stream, unread), daemon=True),
        threading.Thread(target=_listen, args=(process.stdout, answers), daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        for answer in _answers(answers, process, template, limits):
            if unread:
                raise unread[0]
            yield answer
        if unread:
            raise unread[0]
    finally:
        process.kill()
        process.wait()
        while threads[1].is_alive():  # it may wait for room
            with suppress(queue.Empty):
                answers.get(timeout=0.1)
        for thread in threads:
            thread.join()
        process.stdout.close()


def _answers(
    answers: queue.Queue[bytes],
    process: subprocess.Popen[bytes],
    template: TemplateSource,
    limits: Limits,
) -> Iterator[Answer]:
    """What the other process tells, until it ends, is silent for too long, or is too long at it.

    Only waiting for it counts, not what is done here with what it told.
    """
    name, at_work, used, claims = "", False, 0.0, 0
    patience = limits.seconds + _START_SECONDS
    while True:
        allowed = limits.whole + limits.each * claims
        begun = time.monotonic()
        try:
            line = answers.get(timeout=min(patience, allowed - used) if at_work else patience)
        except queue.Empty:
            used += time.monotonic() - begun
            if at_work and used >= allowed:
                raise Stopped(_too_long(name, template, allowed)) from None
            raise Stopped(
                f"{name}{template.path}: not done after {limits.seconds:g} seconds; is there a "
                "loop that does not end?"
            ) from None
        used += time.monotonic() - begun if at_work else 0
        patience = limits.seconds
        if not line:
            process.wait()
            if process.returncode:
                raise Stopped(f"{name}{template.path}: {_ended(process.returncode, limits)}")
            return
        if not line.endswith(b"\n"):
            raise Stopped(f"{name}{template.path}: what it printed is too long")
        answer = json.loads(line)
        if "problems" in answer:
            raise Stopped(*map(str, answer["problems"]))
        if "begin" in answer:
            name = f"claim {answer['begin']}: " if answer["begin"] else ""
            at_work = True
            claims += 1
        elif "end" in answer:
            at_work = False
        if at_work and used >= limits.whole + limits.each * claims:
            raise Stopped(_too_long(name, template, allowed))
        yield answer


def _too_long(name: str, template: TemplateSource, allowed: float) -> str:
    seconds = f"{round(allowed, 1):g} seconds in all"
    return (
        f"{name}{template.path}: not done after {seconds}, the most that a template may take for "
        "so large a file"
    )


def _ended(status: int, limits: Limits) -> str:
    """Why the other process ended before it was done."""
    if status == _OUT_OF_MEMORY:
        return too_much_memory(limits)
    return (
        f"the process that ran the template was ended (status {status}); it may use "
        f"{limits.seconds:g} seconds for a claim and {limits.memory // MB} MB of memory"
    )


def too_much_memory(limits: Limits) -> str:
    """What a template needs that has reached its limit of memory."""
    return f"needs more than {limits.memory // MB} MB of memory, the most that a template may use"


def _feed(stdin: IO[bytes], job: dict[str, Any], stream: BinaryIO, unread: list[OSError]) -> None:
    """Hand over the job and the file; note why the file could not be read to its end.

    A broken pipe says that the other process has ended: what it answered last tells why.
    """
    with suppress(BrokenPipeError), stdin:
        stdin.write(json.dumps(job).encode() + b"\n")
        try:
            shutil.copyfileobj(stream, stdin)
        except BrokenPipeError:
            raise
        except OSError as problem:
            unread.append(problem)


def _listen(stdout: IO[bytes], answers: queue.Queue[bytes]) -> None:
    """Pass on the answers, then an empty one; nothing behind one that is cut off."""
    while line := stdout.readline(_LONGEST):
        answers.put(line)
        if not line.endswith(b"\n"):
            break
    answers.put(b"")


def settings_as_json(settings: Settings) -> dict[str, Any]:
    """What decides which rules speak. Nothing is suppressed there, without a baseline."""
    return {
        "select": settings.select,
        "ignore": settings.ignore,
        "level": settings.level,
        "phi": settings.phi.value,
        "as_of": settings.as_of.isoformat() if settings.as_of else None,
        "profile": _seen_from_anywhere(settings.profile),
        "profiles": [str(p.absolute()) for p in settings.profiles],
        "packs": [str(p.absolute()) for p in settings.packs],
    }


def _seen_from_anywhere(profile: str) -> str:
    """A profile's name, or the path of its file from the root."""
    path = Path(profile)
    return str(path.absolute()) if profile and path.is_file() else profile


# what runs in the other process


class Child:
    """What a piece of work may do in the other process: answer, and confine itself."""

    def __init__(self, limits: Limits, stdout: BinaryIO) -> None:
        self.limits = limits
        self._stdout = stdout
        self._last = 0.0

    def tell(self, answer: Answer) -> None:
        """Answer the process that waits."""
        self._stdout.write(json.dumps(answer).encode() + b"\n")
        self._stdout.flush()
        self._last = time.monotonic()

    def goes_on(self) -> None:
        """Say now and then that something was done."""
        if time.monotonic() - self._last > _SIGN_OF_LIFE:
            self.tell({})

    def confine(self) -> None:
        """Bound what this process may take beyond what it has; nothing leads back."""
        try:
            import resource
        except ImportError:  # not on Windows: there the limits of time and output alone hold
            return
        memory = _size() + self.limits.memory
        for name, soft, hard in (
            ("RLIMIT_AS", memory, memory + _RESERVE),
            ("RLIMIT_FSIZE", 0, 0),
            ("RLIMIT_CORE", 0, 0),
            ("RLIMIT_NPROC", 0, 0),
        ):
            try:
                resource.setrlimit(getattr(resource, name), (soft, hard))
            except (AttributeError, ValueError, OSError):
                continue  # a stricter limit is in force, or the system has none of this kind

    def allow(self, seconds: float) -> None:
        """Processor time from now on, should the process that watches this one be gone."""
        try:
            import resource
        except ImportError:
            return
        soft = math.ceil(time.process_time() + 2 * seconds) + 1
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        if hard == resource.RLIM_INFINITY or soft < hard:
            resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))

    def breathe(self) -> None:
        """Make use of the reserve of memory, to say that none is left."""
        with suppress(ImportError, ValueError, OSError):
            import resource

            _, hard = resource.getrlimit(resource.RLIMIT_AS)
            resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


_SIGN_OF_LIFE = 0.5
"""Seconds of silence after which a sign of life is worth its while."""

Work = Callable[[dict[str, Any], TemplateSource, BinaryIO, Child], None]
"""What a module that works here has under the name `work`: it gets the job, the template and the
file. It raises Stopped for what the user is to know, and ValueError for no mistake of ours."""


def main() -> None:
    """Read a job and a file from standard input, answer on standard output."""
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    job = json.loads(stdin.readline())
    template = TemplateSource(**job["template"])
    child = Child(Limits(**job["limits"]), stdout)
    problems = _problems(job, template, stdin, child)
    if problems is None:
        os._exit(_OUT_OF_MEMORY)
    if problems:
        child.tell({"problems": problems})


def _problems(
    job: dict[str, Any], template: TemplateSource, stdin: BinaryIO, child: Child
) -> tuple[str, ...] | None:
    """Do the work; what went wrong, if anything did, None where memory was not enough.

    What was in use is free again when this returns.
    """
    try:
        work: Work = importlib.import_module(f"{__package__}.{job['work']}").work
        work(job, template, stdin, child)
    except Stopped as problem:
        return problem.problems
    except MemoryError:
        return None
    except RecursionError:
        return (f"{template.path}: nested too deep, or what it calls calls it again without end",)
    except Exception as problem:
        frame = traceback.extract_tb(problem.__traceback__)[-1]
        where = f"{type(problem).__name__} in {frame.name}, line {frame.lineno}"
        return (f"{template.path}: internal error: {where}; please report it",)
    return ()


def settings_of_json(data: dict[str, Any]) -> Settings:
    return Settings(
        select=tuple(data["select"]),
        ignore=tuple(data["ignore"]),
        level=data["level"],
        phi=Phi(data["phi"]),
        as_of=date.fromisoformat(data["as_of"]) if data["as_of"] else None,
        profile=data["profile"],
        profiles=tuple(map(Path, data["profiles"])),
        packs=tuple(map(Path, data["packs"])),
    )


def _size() -> int:
    """Bytes of address space in use, as far as the system tells."""
    try:
        with open("/proc/self/statm", "rb") as stream:  # noqa: PTH123 - no path to build
            return int(stream.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


if __name__ == "__main__":
    # The modules that work know this one by its name, not as __main__.
    importlib.import_module("edi_lint.transform.confined").main()
