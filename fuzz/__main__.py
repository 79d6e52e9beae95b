"""Runs the fuzz target.

python -m fuzz FOLDER [OPTIONS]     under coverage; FOLDER keeps the corpus and gets what is found
python -m fuzz --random SEED COUNT  without atheris: mutations of the seeds, the same every time
python -m fuzz --smallest FILE      writes FILE.small, which still fails in the same way
python -m fuzz FILE...              on these files, under all sizes and settings

OPTIONS are libFuzzer's, such as -max_total_time=600.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
SEEDS = (
    *(ROOT / "tests" / "fixtures" / name for name in ("valid", "faulty", "other")),
    ROOT / "fuzz" / "found",
)
LONGEST = 24 * 1024

sys.path.insert(0, str(ROOT / "tests"))


def main(arguments: list[str]) -> int:
    files = [Path(a) for a in arguments if not a.startswith("-")]
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
    from fuzz.engines import check_all

    for file in files:
        print(file)
        check_all(file.read_bytes())
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
