"""Types of the compiled kernel for type checkers; what it does is in `_kernel.pyx`."""

from array import array
from collections.abc import Callable, Collection
from typing import Final

Stop: Final[dict[str, int]]
Field: Final[dict[str, int]]
Use: Final[dict[str, int]]
Note: Final[dict[str, int]]
Role: Final[dict[str, int]]
Level: Final[dict[str, int]]
Column: Final[dict[str, int]]
Around: Final[dict[str, int]]
Watched: Final[dict[str, int]]
Alarm: Final[dict[str, int]]
On: Final[dict[str, int]]
Byte: Final[dict[str, int]]
Place: Final[dict[str, int]]
FILLED: Final[int]
LONGEST_PACKED: Final[int]
FIRST_VALUE: Final[int]
ALARM_WIDTH: Final[int]

class TableFull(Exception): ...

def key_hash(key: bytes) -> int: ...
def repeated(keys: array[int]) -> list[int]: ...
def divided(keys: array[int]) -> list[array[int]]: ...

class Kernel:
    starts: array[int]
    ends: array[int]
    nodes: array[int]
    blocks: memoryview[int]
    alarms: memoryview[int]
    wanted_blocks: memoryview[int]
    position: int
    silent_claims: int
    silent_lines: int
    silent_matches: int
    silent_sets: int
    in_set: bool
    sets: int
    sets_passed: int
    set_number: int
    def add_loop(self, index: int, size: int, level: int, is_line: bool) -> None: ...
    def add_tag(
        self, tag: bytes, element: int, component: int, second: bool, role: int
    ) -> None: ...
    def add_codes(self, values: list[bytes]) -> int: ...
    def add_fields(self, fields: list[tuple[int, int, int, int, int, int, int]]) -> int: ...
    def add_spec(
        self, first: int, count: int, needed: int, notes: list[tuple[int, int, int]]
    ) -> int: ...
    def set_node(self, node: int, spec: int) -> None: ...
    def set_followers(self, node: int, followers: list[tuple[bytes, bytes]]) -> None: ...
    def add_move(
        self,
        node: int,
        tag: bytes,
        qualifier: bytes,
        second: bytes,
        target: int,
        closed: list[list[int]],
        passed: list[int],
        counted: int,
        repeat: int,
        opens: list[tuple[int, int]],
    ) -> None: ...
    keys: array[int]
    def add_shape(self, table: bytes, first: bytes, longest: int, folded: bytes) -> int: ...
    def add_look(self, number: int, elements: list[tuple[int, int]]) -> None: ...
    def want(self, keys: Collection[int]) -> None: ...
    def set_part(self, part: int, text: bytes, seen: int) -> None: ...
    def add_part(self, place: int) -> int: ...
    def add_sum(self, of_line: bool = False) -> int: ...
    def add_trigger(
        self,
        kind: int,
        of_line: bool,
        parts: list[int] | list[tuple[int, int]],
        beside: list[int] = ...,
    ) -> int: ...
    def watch(
        self, node: int, watches: list[tuple[int, int, int, int, int, int, int, bytes, int]]
    ) -> None: ...
    def ask_with(self, asker: Callable[[int, bytes], int]) -> None: ...
    def read_with(self, classes: bytes, component: int) -> None: ...
    def load(
        self,
        node: int,
        frames: list[tuple[int, list[tuple[int, int]], bool]],
        last: bytes,
        numbers: tuple[int, int, int, int, int, int, int, bool, int],
        bears_blanks: bool,
        bears_breaks: bool,
    ) -> bool: ...
    def set_header(self, node: int, loop: int, slot: int) -> None: ...
    def open_set(
        self, type_: bytes, control: bytes, guide: bytes, more: bool, sets: int, above: int
    ) -> None: ...
    def limit_blocks(self, longest: int, largest: int) -> None: ...
    def begin(
        self, position: int, kind: int, ordinal: int, had: int = 0, begins: int = -1
    ) -> None: ...
    def run(self, data: bytes, base: int, upto: int) -> int: ...
    @property
    def result(self) -> tuple[int, int, int]: ...
    @property
    def n_found_keys(self) -> int: ...
    @property
    def wanted(self) -> tuple[int, bytes, bytes, bytes]: ...
    @property
    def second_key(self) -> bool: ...
    def state(
        self,
    ) -> tuple[
        int,
        list[tuple[int, list[tuple[int, int]], int, bool]],
        bytes,
        tuple[int, int, int, int, int, int, int, int, int],
        int,
    ]: ...

class Survey:
    position: int
    def __init__(self, terminator: int, separator: int, padding: bytes, breaks: bytes) -> None: ...
    def find(
        self, data: bytes, base: int, wanted: int
    ) -> (
        tuple[
            tuple[int, int, int, int, int, int],
            bool,
            list[tuple[int, int, int, int, int, int, int]],
            tuple[int, int, int, int, int, int, int, int, int],
        ]
        | None
    ): ...
