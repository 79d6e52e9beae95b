"""Runs a user's rewrite template in a process of its own, with limits of time and memory.

Jinja's sandbox keeps a template from files and from the interpreter, but bounds neither time nor
memory. The other process gets the template's text, the data and the file through its standard
input, and answers with one JSON document a line; it opens nothing for a template.
"""

from __future__ import annotations

import json
import math
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
import traceback
from array import array
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import IO, Any, BinaryIO

from edi_lint.edits.compare import Tally, in_new_envelopes
from edi_lint.findings import Edit, Finding, Location, Severity
from edi_lint.interchanges import Parties
from edi_lint.privacy import Phi
from edi_lint.settings import Settings
from edi_lint.transform.choice import Plan
from edi_lint.transform.claim_data import ClaimData, Row
from edi_lint.transform.rendering import (
    Alive,
    Event,
    Limits,
    Outcome,
    Rendered,
    RewriteError,
    Started,
    first_pass,
)
from edi_lint.transform.templates import Source

_START_SECONDS = 30.0
"""What starting a process may take on a busy machine, beyond the limit for a claim."""


def confined(
    stream: BinaryIO, template: Source, plan: Plan, settings: Settings, limits: Limits
) -> Iterator[Event]:
    """`first_pass` in another process. Raises RewriteError when that passes its limits."""
    data = plan.data
    job = {
        "template": asdict(template),
        "claims": plan.claims,
        "among": None if plan.among is None else list(plan.among),
        "hcpcs": plan.hcpcs,
        "data": None
        if data is None
        else {n: [(dict(r.fields), r.where, r.empty) for r in d.rows] for n, d in data.items()},
        "values": dict(plan.values),
        "log": plan.log,
        "settings": _settings_as_json(settings),
        "limits": asdict(limits),
    }
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "edi_lint.transform.confined"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
    except OSError as problem:
        reason = problem.strerror or "unknown"
        raise RewriteError(f"cannot start a process for {template.path}: {reason}") from None
    assert process.stdin is not None
    assert process.stdout is not None
    answers: queue.Queue[bytes] = queue.Queue()
    unread: list[OSError] = []
    threads = [
        threading.Thread(target=_feed, args=(process.stdin, job, stream, unread), daemon=True),
        threading.Thread(target=_listen, args=(process.stdout, answers), daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        for event in _answers(answers, process, template, limits):
            if unread:
                raise unread[0]
            yield event
    finally:
        process.kill()
        process.wait()
        for thread in threads:
            thread.join()
        process.stdout.close()


def _answers(
    answers: queue.Queue[bytes], process: subprocess.Popen[bytes], template: Source, limits: Limits
) -> Iterator[Event]:
    """What the other process tells, until it is done or silent for too long."""
    claim = ""
    seconds = limits.seconds + _START_SECONDS
    while True:
        try:
            line = answers.get(timeout=seconds)
        except queue.Empty:
            raise RewriteError(
                f"{claim}{template.path}: not done after {limits.seconds:g} seconds; "
                "is there a loop that does not end?"
            ) from None
        seconds = limits.seconds
        if not line:
            process.wait()
            raise RewriteError(
                f"{claim}{template.path}: the process that ran the template was ended "
                f"(status {process.returncode}); it may use {limits.seconds:g} seconds for a "
                f"claim and {limits.memory // 2**20} MB"
            )
        answer = json.loads(line)
        if "problems" in answer:
            raise RewriteError(*map(str, answer["problems"]))
        if "outcome" in answer:
            yield _outcome(answer["outcome"])
            return
        if "claim" in answer:
            claim = f"claim {answer['claim']}: "
            yield Started(str(answer["claim"]))
        elif "edits" in answer:
            yield Rendered(
                int(answer["start"]),
                int(answer["position"]),
                [Edit(int(start), int(end), str(text)) for start, end, text in answer["edits"]],
                int(answer["more"]),
                [_finding(f) for f in answer["findings"]],
                answer["entry"],
            )
        else:
            yield Alive()


def _finding(answer: dict[str, Any]) -> Finding:
    """A finding of the other process; what its rule says of all its findings is our own."""
    from edi_lint.rules import CATALOGUE

    rule = next(r for r in CATALOGUE if r.code == answer["code"])
    return Finding(
        rule.code,
        rule.name,
        Severity(answer["severity"]),
        rule.level,
        str(answer["message"]),
        rule.help,
        "-",
        Location(**answer["location"]),
        rule.response,
        None,
        str(answer["excerpt"]),
        (int(answer["caret"][0]), int(answer["caret"][1])),
    )


def _outcome(answer: dict[str, Any]) -> Outcome:
    return Outcome(
        Tally.read(in_new_envelopes, answer["before"]),
        int(answer["selected"]),
        int(answer["changed"]),
        [str(p) for p in answer["problems"]],
        {Parties(*between) if between else None: set(used) for between, used in answer["numbers"]},
    )


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
    for line in stdout:
        answers.put(line)
    answers.put(b"")


# what runs in the other process


def main() -> None:
    """Read a job and a file from standard input, answer on standard output."""
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    job = json.loads(stdin.readline())
    limits = Limits(**job["limits"])
    plan = Plan(
        tuple(job["claims"]),
        None if job["among"] is None else array("q", job["among"]),
        tuple(job["hcpcs"]),
        None if job["data"] is None else {n: _claim_data(d) for n, d in job["data"].items()},
        job["values"],
        job["log"],
    )
    chosen = _settings_of_json(job["settings"])
    template = Source(**job["template"])
    _limit(limits)

    def tell(answer: dict[str, Any]) -> None:
        stdout.write(json.dumps(answer).encode() + b"\n")
        stdout.flush()

    try:
        tell(_answer(Alive()))
        _allow(limits.seconds)
        for event in first_pass(stdin, template, plan, chosen):
            if isinstance(event, Started):
                _allow(limits.seconds)
            tell(_answer(event))
    except RewriteError as problem:
        tell({"problems": problem.problems})
    except Exception as problem:
        frame = traceback.extract_tb(problem.__traceback__)[-1]
        where = f"{type(problem).__name__} in {frame.name}, line {frame.lineno}"
        tell({"problems": [f"{template.path}: internal error: {where}; please report it"]})


def _claim_data(rows: list[tuple[dict[str, str], str, list[str]]]) -> ClaimData:
    return ClaimData(tuple(Row(fields, where, tuple(empty)) for fields, where, empty in rows))


def _settings_as_json(settings: Settings) -> dict[str, Any]:
    """What decides which rules speak; a rewriting has nothing suppressed, and no baseline."""
    return {
        "select": settings.select,
        "ignore": settings.ignore,
        "level": settings.level,
        "phi": settings.phi.value,
        "as_of": settings.as_of.isoformat() if settings.as_of else None,
        "profile": settings.profile,
        "profiles": [str(p) for p in settings.profiles],
        "packs": [str(p) for p in settings.packs],
    }


def _settings_of_json(data: dict[str, Any]) -> Settings:
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


def _answer(event: Event) -> dict[str, Any]:
    if isinstance(event, Started):
        return {"claim": event.claim}
    if isinstance(event, Alive):
        return {}
    if isinstance(event, Rendered):
        findings = [
            {
                "code": f.code,
                "severity": f.severity.value,
                "message": f.message,
                "location": asdict(f.location),
                "excerpt": f.excerpt,
                "caret": f.caret,
            }
            for f in event.findings
        ]
        edits = [(e.byte_start, e.byte_end, e.text) for e in event.edits]
        return event._asdict() | {"edits": edits, "findings": findings}
    return {
        "outcome": {
            "before": event.before.json(),
            "selected": event.selected,
            "changed": event.changed,
            "problems": event.problems,
            "numbers": [(between, list(used)) for between, used in event.numbers.items()],
        }
    }


def _limit(limits: Limits) -> None:
    """Bound what this process may take beyond what it has; no files written, no core dumped."""
    try:
        import resource
    except ImportError:  # not on Windows: there the time limit alone holds
        return
    memory = _size() + limits.memory
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(what, (most, most))
        except (ValueError, OSError):
            continue  # a stricter limit is in force, or the system has none of this kind


def _allow(seconds: float) -> None:
    """Processor time for one claim, should the process that watches this one be gone."""
    try:
        import resource
    except ImportError:
        return
    soft = math.ceil(time.process_time() + 2 * seconds) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if hard == resource.RLIM_INFINITY or soft < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _size() -> int:
    """Bytes of address space in use, as far as the system tells."""
    try:
        with open("/proc/self/statm", "rb") as stream:  # noqa: PTH123 - no path to build
            return int(stream.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


if __name__ == "__main__":
    main()
