"""Runs the fuzz targets: the engines, and each command that writes a file.

python -m fuzz --minutes N [--seed S] [--targets NAME,...] [--folder FOLDER]
                                    without atheris: every target on mutations, for N minutes; what
                                    fails goes on, and one input of each kind goes to the folder
python -m fuzz FOLDER [OPTIONS]     under coverage; FOLDER keeps the corpus and gets what is found
python -m fuzz --random SEED COUNT  without atheris: mutations of the seeds, the same every time
python -m fuzz --smallest FILE      writes FILE.small, which still fails in the same way
python -m fuzz FILE...              on these files, under all sizes and settings

OPTIONS are libFuzzer's, such as -max_total_time=600.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
SEEDS = (
    *(ROOT / "tests" / "fixtures" / name for name in ("valid", "faulty", "other")),
    ROOT / "fuzz" / "found",
)
LONGEST = 24 * 1024
SHORT = 8 * 1024
"""Bytes of inputs for the commands, each of which lints several times."""

sys.path.insert(0, str(ROOT / "tests"))


def main(arguments: list[str]) -> int:
    files = [Path(a) for a in arguments if not a.startswith("-")]
    if arguments[:1] == ["--minutes"]:
        return for_minutes(arguments)
    if arguments[:1] == ["--random"]:
        return at_random(int(arguments[1]), int(arguments[2]))
    if arguments[:1] == ["--smallest"]:
        return reduced(files[0])
    if files and all(f.is_file() for f in files):
        return on_files(files)
    if len(files) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    return guided(files[0], [a for a in arguments if a.startswith("-")])


def on_files(files: list[Path]) -> int:
    from fuzz.commands import TARGETS, check_command
    from fuzz.engines import check_all

    for file in files:
        print(file)
        data = file.read_bytes()
        check_all(data)
        for name in TARGETS:
            for turn in range(8):
                check_command(name, data, turn)
    return 0


def reduced(file: Path) -> int:
    from functools import partial
    from zlib import crc32

    from fuzz.engines import check
    from fuzz.smallest import failure, smallest

    data = file.read_bytes()
    same_sizes = partial(check, turn=crc32(data))
    print(failure(same_sizes, data))
    file.with_suffix(".small").write_bytes(smallest(same_sizes, data))
    return 0


def at_random(seed: int, count: int) -> int:
    """Mutations of mutations of the seeds."""
    from random import Random

    from fuzz.engines import check
    from fuzz.mutations import cross, mutate

    rng = Random(seed)
    corpus = [f.read_bytes() for folder in SEEDS for f in sorted(folder.glob("*"))]
    for _ in range(count):
        data = rng.choice(corpus)
        for _ in range(rng.choice((1, 1, 2, 4, 10))):
            data = mutate(data, LONGEST, rng.getrandbits(32))
        if rng.random() < 0.1:
            data = cross(data, rng.choice(corpus), LONGEST, rng.getrandbits(32))
        try:
            check(data)
        except BaseException:
            found = Path(tempfile.gettempdir()) / f"found-{seed}.837"
            found.write_bytes(data)
            print(f"failed on {found}", file=sys.stderr)
            raise
    print(f"{count} inputs, no failure")
    return 0


def for_minutes(arguments: list[str]) -> int:
    """Every target on mutations of the seeds and examples; 1 where one of them failed."""
    import argparse

    parser = argparse.ArgumentParser(prog="python -m fuzz")
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--targets", default="", metavar="NAME,...")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    given = parser.parse_args(arguments)
    names = given.targets.split(",") if given.targets else list(targets())
    given.folder.mkdir(parents=True, exist_ok=True)
    counts, failures = run(names, given.seed, time.monotonic() + 60 * given.minutes)
    for name, count in counts.items():
        print(f"{name}: {count} inputs")
    for number, (kind, (times, data)) in enumerate(failures.items(), start=1):
        found = given.folder / f"found-{given.seed}-{number}.837"
        found.write_bytes(data)
        print(f"{found}: {kind}, {times} times")
    print(f"{sum(counts.values())} runs, {len(failures)} kinds of failure")
    return 1 if failures else 0


def targets() -> dict[str, Callable[[bytes], None]]:
    """What is run on an input, by name."""
    from functools import partial

    from fuzz.commands import TARGETS, check_command
    from fuzz.engines import check

    return {"engines": check, **{name: partial(check_command, name) for name in TARGETS}}


def run(
    names: list[str], seed: int, until: float, most: int = sys.maxsize
) -> tuple[dict[str, int], dict[str, tuple[int, bytes]]]:
    """Run targets on inputs up to a time of the monotonic clock, or on `most` inputs.

    Returns how many inputs each had, and by kind of failure how often it came and the smallest
    input that showed it.
    """
    from random import Random

    from fuzz.commands import inputs
    from fuzz.smallest import failure

    known = targets()
    counts = dict.fromkeys(names, 0)
    failures: dict[str, tuple[int, bytes]] = {}
    folders = (*SEEDS, ROOT / "examples")
    files = (f for folder in folders for f in sorted(folder.glob("*.837")))
    corpus = [data for data in (f.read_bytes() for f in files) if len(data) < SHORT]
    for number, data in enumerate(inputs(corpus, SHORT, Random(seed))):
        if number >= most:
            break
        for name in names:
            if time.monotonic() >= until:
                return counts, failures
            counts[name] += 1
            kind = failure(known[name], data)
            if kind:
                times, smallest = failures.get(f"{name}: {kind}", (0, data))
                failures[f"{name}: {kind}"] = times + 1, min(smallest, data, key=len)
    return counts, failures


def guided(folder: Path, options: list[str]) -> int:
    """Fuzz under coverage; only ends by failing or when libFuzzer's options say so."""
    import atheris

    with atheris.instrument_imports(include=["edi_lint"]):
        from fuzz.engines import check
        from fuzz.mutations import cross, dictionary, mutate

    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    words = folder / "words.dict"
    words.write_text(dictionary(), encoding="ascii")
    atheris.Setup(
        [
            sys.argv[0],
            f"-dict={words}",
            f"-max_len={LONGEST}",
            f"-artifact_prefix={folder}/",
            "-timeout=60",
            *options,
            str(corpus),
            *map(str, SEEDS),
        ],
        check,
        custom_mutator=lambda data, largest, seed: mutate(data, largest, seed, atheris.Mutate),
        custom_crossover=lambda one, other, largest, seed: cross(one, other, largest, seed),
    )
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
