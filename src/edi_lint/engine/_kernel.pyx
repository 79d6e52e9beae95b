# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""The compiled kernel: walks segments that follow the guide, without the interpreter.

It does what the reference engine's quick ways do (`Walker.quick`, the acceptors of `elements`, the
good case of `Numbering`) and nothing else. A segment that these would not take ends the run, and
the reference engine decides about it. All that the kernel knows of a guide, and of what rules look
at, is written into its tables by `edi_lint.engine.tables`; docs/engine.md says what they hold.

All memory is reached through typed memoryviews with their bounds checked; `run` releases the GIL.
"""

import mmap
from array import array

from libc.string cimport memchr, memcmp, memcpy

# On Windows, where no process forks, there is no such flag.
_OWN = {"flags": mmap.MAP_PRIVATE} if hasattr(mmap, "MAP_PRIVATE") else {}

cdef enum:
    # Limits of one run: a longer stretch takes several.
    SEGMENTS = 32768
    BLOCKS = 8192
    ALARMS = 16384
    ALARM_ROOM = 2048
    # Limits of one segment: beyond them the reference engine takes over.
    SEGMENT_BYTES = 2048
    ELEMENTS = 40
    AHEAD = 32768  # as in identity.py
    PACKED = 7
    DEPTH = 16
    SLOTS = 128
    # Sizes of the tables.
    NODES = 2048
    TAGS = 256
    MOVES = 8192
    MOVE_HASH = 16384
    HASH_ROW = 4
    MOVE_POOL = 131072
    SPECS = 1024
    FIELDS = 8192
    NOTES = 1024
    CODE_POOL = 131072
    ROW = 8
    FOLLOWERS = 4096
    LINE_AHEAD = 100  # as in reference.py
    LINE_AHEAD_BYTES = 8192
    WATCHES = 16384
    PARTS = 512
    PART_BYTES = 64
    SUMS = 16
    TRIGGERS = 160
    TRIGGER_PARTS = 8192
    KNOWN = 65536
    KNOWN_BYTES = 2097152
    WINDOW = 100000000
    KEY_BYTES = 512
    SHAPES = 15
    SIGHTS = 64
    KEYS = 2 * SEGMENTS
    PROBES = 16
    DECIMALS = 4
    AMOUNT_DIGITS = 12
    TERMS = 400

cdef enum:  # classes of bytes
    IS_TERMINATOR = 1
    IS_SEPARATOR = 2
    IS_COMPONENT = 4
    IS_BREAK = 8
    IS_PADDING = 16
    IS_BLANK = 32
    IS_OUTSIDE = 64
    IS_NO_DIGIT = 128

cdef enum:  # why a run ended
    MORE = 0
    REFERENCE = 1
    FULL = 2
    NEW_MOVE = 3

cdef enum:  # kinds of fields: elements and components
    TEXT = 0
    CODED = 1
    NUMERIC = 2
    DECIMAL = 3
    DATE = 4
    TIME = 5
    FORMATTED = 6
    DIGITS = 7
    COMPOSITE = 8
    NEVER = 9

cdef enum:  # how the guide wants a field used
    NOT_USED = 0
    REQUIRED = 1
    SITUATIONAL = 2

cdef enum:  # syntax notes
    NOTE_P = 0
    NOTE_R = 1
    NOTE_E = 2
    NOTE_C = 3
    NOTE_L = 4

cdef enum:  # what a tag is for
    ROLE_LEVEL = 1
    ROLE_LINE = 2
    ROLE_HEADER = 3
    ROLE_TRAILER = 4

cdef enum:  # what a loop begins
    BILLING = 1
    SUBSCRIBER = 2
    PATIENT = 3
    CLAIM = 4
    HEADER = 5
    TRAILER = 6

cdef enum:  # columns of the blocks that come out
    KIND = 0
    FIRST = 1
    FIRST_ORDINAL = 2
    CLAIM_NUMBER = 3
    BILLING_BLOCK = 4
    SUBSCRIBER_BLOCK = 5
    PATIENT_BLOCK = 6
    FIRST_ALARM = 7
    ALL_SEEN = 8
    SET_BLOCK = 9
    SET_NUMBER = 10
    COLUMNS = 11

cdef enum:  # a level or set around a block: as when the run began, or none
    CARRIED = -1
    ABSENT = -2

cdef enum:  # what is watched at a node
    WATCH_PART = 0
    WATCH_VALUE = 1
    WATCH_SEGMENT = 2
    WATCH_TOTAL = 3
    WATCH_TERM = 4
    WATCH_LOOK = 5
    WATCH_CHOICE = 6
    WATCH_TWICE = 7
    WATCH_SHARED = 8
    WATCH_NEEDED = 9
    WATCH_OPTIONAL = 10
    WATCH_SAME = 11
    WATCH_ONCE = 12
    WATCH_LASTING = 13
    WATCH_DAY = 14

cdef enum:  # kinds of alarms
    ALARM_FAULT = 0
    ALARM_VALUE = 1
    ALARM_TRIGGER = 2
    ALARM_COLUMNS = 4

cdef enum:  # what is known of a key
    NOT_KNOWN = 0
    SILENT = 1
    COUNTED = 2

cdef enum:  # kinds of triggers
    ON_SEGMENTS = 0
    ON_TEXTS = 1
    ON_SUM = 2
    ON_VALUES = 3
    ON_REPEATED = 4
    ON_TWICE = 5
    ON_SHARED_PARTS = 6
    ON_SHARED_VALUES = 7
    ON_SUMS = 8
    ON_LASTING = 10

cdef enum:  # where a part stands, from the outside in
    IN_HEADER = 0
    IN_BILLING = 1
    IN_SUBSCRIBER = 2
    IN_PATIENT = 3
    IN_CLAIM = 4
    IN_LINE = 5

cdef enum:  # frames of a line: none, that of the frame the run began with, or a number
    NO_LINE = 0
    LINE_AS_LOADED = -1

Stop = {"more": MORE, "reference": REFERENCE, "full": FULL, "new move": NEW_MOVE}
Field = {
    "text": TEXT, "coded": CODED, "numeric": NUMERIC, "decimal": DECIMAL, "date": DATE,
    "time": TIME, "formatted": FORMATTED, "digits": DIGITS, "composite": COMPOSITE, "never": NEVER,
}
Use = {"N": NOT_USED, "R": REQUIRED, "S": SITUATIONAL}
Note = {"P": NOTE_P, "R": NOTE_R, "E": NOTE_E, "C": NOTE_C, "L": NOTE_L}
Role = {"level": ROLE_LEVEL, "line": ROLE_LINE, "header": ROLE_HEADER, "trailer": ROLE_TRAILER}
Level = {
    "billing": BILLING, "subscriber": SUBSCRIBER, "patient": PATIENT, "claim": CLAIM,
    "header": HEADER, "trailer": TRAILER,
}
Column = {
    "kind": KIND, "first": FIRST, "first ordinal": FIRST_ORDINAL, "claim number": CLAIM_NUMBER,
    "billing": BILLING_BLOCK, "subscriber": SUBSCRIBER_BLOCK, "patient": PATIENT_BLOCK,
    "first alarm": FIRST_ALARM, "all seen": ALL_SEEN, "set": SET_BLOCK, "set number": SET_NUMBER,
}
Around = {"carried": CARRIED, "absent": ABSENT}
Watched = {
    "part": WATCH_PART, "value": WATCH_VALUE, "segment": WATCH_SEGMENT, "total": WATCH_TOTAL,
    "term": WATCH_TERM, "look": WATCH_LOOK, "choice": WATCH_CHOICE, "twice": WATCH_TWICE,
    "shared": WATCH_SHARED, "needed": WATCH_NEEDED, "optional": WATCH_OPTIONAL,
    "same": WATCH_SAME, "once": WATCH_ONCE, "lasting": WATCH_LASTING, "day": WATCH_DAY,
}
Alarm = {"value": ALARM_VALUE, "trigger": ALARM_TRIGGER}
Verdict = {"not known": NOT_KNOWN, "silent": SILENT, "counted": COUNTED}
"""What is known of a key. Numbers above these are the asker's own: something may be said. From
WINDOW on they are the days on which a value is good: WINDOW times the first, and the last one."""
On = {
    "segments": ON_SEGMENTS, "texts": ON_TEXTS, "sum": ON_SUM, "values": ON_VALUES,
    "repeated": ON_REPEATED, "twice": ON_TWICE, "shared parts": ON_SHARED_PARTS,
    "shared values": ON_SHARED_VALUES, "sums": ON_SUMS, "lasting": ON_LASTING,
}
Place = {
    "header": IN_HEADER, "billing": IN_BILLING, "subscriber": IN_SUBSCRIBER,
    "patient": IN_PATIENT, "claim": IN_CLAIM, "line": IN_LINE,
}
ALARM_WIDTH = ALARM_COLUMNS
FILLED = SHAPES
"""In place of a shape: only whether an element is filled."""
Byte = {
    "terminator": IS_TERMINATOR, "separator": IS_SEPARATOR, "component": IS_COMPONENT,
    "break": IS_BREAK, "padding": IS_PADDING, "blank": IS_BLANK, "outside": IS_OUTSIDE,
    "no digit": IS_NO_DIGIT,
}
LONGEST_PACKED = PACKED
FIRST_VALUE = TRIGGERS
"""Where the numbers of watched values begin: those below are of triggers."""


class TableFull(Exception):
    """A table of the kernel has no room left; what was to be added is the reference engine's."""


cdef class Kernel:
    """One guide, what is watched of its claims, and one walk at a time.

    Filled by `edi_lint.engine.tables`, driven by `edi_lint.engine.compiled`.
    """

    # the tables of the guide
    cdef int[::1] node_spec, loop_size, loop_level, loop_is_line
    cdef int[::1] follow_at, follow_count
    cdef unsigned long long[::1] follow
    cdef int n_follow
    cdef int[::1] tags
    cdef unsigned long long[::1] hashes
    cdef int[::1] moves, move_pool
    cdef int n_moves, n_move_pool
    cdef int[::1] specs
    cdef int n_specs, n_fields, n_notes, n_codes
    cdef int[::1] fields
    cdef int[::1] note_kind
    cdef unsigned long long[::1] note_first, note_rest, codes

    # what is watched
    cdef int[::1] watch_first, watch_count
    cdef int[::1] watch_kind, watch_id, watch_element, watch_from, watch_to, watch_when, watch_in
    cdef int[::1] watch_shape
    cdef unsigned char[:, ::1] shape, first_shape
    cdef int[::1] shape_longest, shape_folded
    cdef int n_shapes
    cdef int[::1] look_at, look_count
    cdef unsigned long long[::1] watch_value
    cdef int n_watches
    cdef int[::1] trigger_kind, trigger_of_line, trigger_at, trigger_count, trigger_part
    cdef int[::1] trigger_beside
    cdef int n_triggers, n_trigger_parts
    cdef unsigned char[::1] part_place, part_bytes
    cdef int[::1] part_length, part_seen
    cdef int n_parts
    cdef int[::1] present
    cdef int[::1] good_from, good_to, day_first, day_last
    cdef long long[::1] sum_total, sum_terms
    cdef int[::1] sum_state, sum_seen, sum_totals, sum_needed, sum_once, sum_of_line
    cdef unsigned long long[::1] sum_same
    cdef int n_sums
    cdef unsigned long long[::1] sight
    cdef int[::1] n_sights
    cdef unsigned long long[::1] wanted_keys
    cdef bint wants_keys
    cdef int keys_of_others

    # what is known of keys, and who is asked about others
    cdef object asker
    cdef unsigned long long[::1] known_hash
    cdef int[::1] known_at, known_length
    cdef long long[::1] known_verdict
    cdef unsigned char[::1] known_bytes
    cdef int n_known, n_known_bytes
    cdef unsigned char[::1] key
    cdef int n_key

    # the bytes of this and the last segment
    cdef unsigned char[::1] byte_class, text
    cdef unsigned char component
    cdef int here, there, length, last_length
    cdef int[::1] element_start, element_end, element_any
    cdef int elements
    cdef unsigned long long wanted_qualifier, wanted_rest
    cdef int wanted_tag

    # the walk
    cdef int[::1] counts, frame_loop, frame_line
    cdef unsigned long long[::1] filled
    cdef int depth, low, level_depth, node
    cdef long long ordinal, claims
    cdef long long levels, lines, billing_id, subscriber_id, subscriber_at
    cdef int subscriber_child, has_children
    cdef long long claims_before
    cdef bint bears_blanks, bears_breaks

    # the transaction set that is open, or was last, and what the next one may be like
    cdef readonly bint in_set
    cdef bint sets_follow
    cdef readonly long long sets, set_number, sets_passed
    cdef long long set_number_above
    cdef int header_node, root_loop, header_slot
    cdef unsigned char[::1] set_type, set_control, set_guide
    cdef int n_set_type, n_set_control, n_set_guide

    # what comes out
    cdef readonly object starts, ends, nodes, blocks, alarms, wanted_blocks, keys
    cdef unsigned long long[::1] out_key
    cdef int n_keys
    cdef long long[::1] out_start, out_end
    cdef unsigned short[::1] out_node
    cdef long long[:, ::1] block
    cdef int[:, ::1] alarm
    cdef int[::1] wanted_block
    cdef int n_segments, n_blocks, n_alarms, n_wanted
    cdef int longest_block, block_end
    cdef long long largest_block, block_start
    cdef int billing_block, subscriber_block, patient_block, set_block
    cdef bint sure, faulty, in_claim, in_line
    cdef int line_index
    cdef readonly long long silent_claims, silent_lines, silent_matches
    cdef readonly long long silent_sets, position
    cdef long long block_matches

    def __cinit__(self):
        self.limit_blocks(1 << 30, 1 << 60)
        self.node_spec = _ints(NODES)
        self.loop_size = _ints(NODES)
        self.loop_level = _ints(NODES)
        self.loop_is_line = _ints(NODES)
        self.follow_at = _ints(NODES)
        self.follow_count = _ints(NODES)
        self.follow = _words(FOLLOWERS)
        self.tags = _ints(ROW * TAGS)
        self.hashes = _words(HASH_ROW * MOVE_HASH)
        self.moves = _ints(ROW * MOVES)
        self.move_pool = _ints(MOVE_POOL)
        self.specs = _ints(ROW * SPECS)
        self.fields = _ints(ROW * FIELDS)
        self.note_kind = _ints(NOTES)
        self.note_first = _words(NOTES)
        self.note_rest = _words(NOTES)
        self.codes = _words(CODE_POOL)
        self.watch_first = _ints(NODES)
        self.watch_count = _ints(NODES)
        self.watch_kind = _ints(WATCHES)
        self.watch_id = _ints(WATCHES)
        self.watch_element = _ints(WATCHES)
        self.watch_from = _ints(WATCHES)
        self.watch_to = _ints(WATCHES)
        self.watch_when = _ints(WATCHES)
        self.watch_in = _ints(WATCHES)
        self.watch_shape = _ints(WATCHES)
        self.shape = memoryview(bytearray(256 * SHAPES)).cast("B", (SHAPES, 256))
        self.first_shape = memoryview(bytearray(256 * SHAPES)).cast("B", (SHAPES, 256))
        self.shape_longest = _ints(SHAPES)
        self.shape_folded = _ints(SHAPES)
        self.look_at = _ints(256)
        self.look_count = _ints(256)
        self.sight = _words(TRIGGERS * SIGHTS)
        self.n_sights = _ints(TRIGGERS)
        self.wanted_keys = _words(2)
        self.keys = array("Q", bytes(8 * KEYS))
        self.out_key = self.keys
        self.watch_value = _words(WATCHES)
        self.trigger_kind = _ints(TRIGGERS)
        self.trigger_of_line = _ints(TRIGGERS)
        self.trigger_at = _ints(TRIGGERS)
        self.trigger_count = _ints(TRIGGERS)
        self.trigger_part = _ints(TRIGGER_PARTS)
        self.trigger_beside = _ints(TRIGGERS)
        self.part_place = bytearray(PARTS)
        self.part_bytes = bytearray(PARTS * PART_BYTES)
        self.part_length = _ints(PARTS)
        self.part_seen = _ints(PARTS)
        self.present = _ints(TRIGGERS)
        self.good_from = _ints(TRIGGERS)
        self.good_to = _ints(TRIGGERS)
        self.day_first = _ints(TRIGGERS)
        self.day_last = _ints(TRIGGERS)
        self.sum_total = _longs(SUMS)
        self.sum_terms = _longs(SUMS)
        self.sum_state = _ints(SUMS)
        self.sum_seen = _ints(SUMS)
        self.sum_totals = _ints(SUMS)
        self.sum_needed = _ints(SUMS)
        self.sum_once = _ints(SUMS)
        self.sum_of_line = _ints(SUMS)
        self.sum_same = _words(SUMS)
        self.known_hash = _words(KNOWN)
        self.known_at = _ints(KNOWN)
        self.known_length = _ints(KNOWN)
        self.known_verdict = _longs(KNOWN)
        self.known_bytes = _zeros(KNOWN_BYTES, "B")
        self.key = bytearray(KEY_BYTES)
        self.byte_class = bytearray(256)
        self.text = bytearray(2 * SEGMENT_BYTES)
        self.element_start = _ints(ELEMENTS + 1)
        self.element_end = _ints(ELEMENTS + 1)
        self.element_any = _ints(ELEMENTS + 1)
        self.set_type = bytearray(PART_BYTES)
        self.set_control = bytearray(PART_BYTES)
        self.set_guide = bytearray(PART_BYTES)
        self.counts = _ints(DEPTH * SLOTS)
        self.filled = _words(2 * DEPTH)
        self.frame_loop = _ints(DEPTH)
        self.frame_line = _ints(DEPTH)
        self.starts = array("q", bytes(8 * SEGMENTS))
        self.ends = array("q", bytes(8 * SEGMENTS))
        self.nodes = array("H", bytes(2 * SEGMENTS))
        self.blocks = _longs((BLOCKS + 1) * COLUMNS).cast("B").cast("q", (BLOCKS + 1, COLUMNS))
        self.wanted_blocks = _ints(BLOCKS)
        self.wanted_block = self.wanted_blocks
        self.alarms = _ints(ALARMS * ALARM_COLUMNS)
        self.out_start = self.starts
        self.out_end = self.ends
        self.out_node = self.nodes
        self.block = self.blocks
        self.alarm = self.alarms.cast("B").cast("i", (ALARMS, ALARM_COLUMNS))
        self.there = SEGMENT_BYTES
        for i in range(NODES):
            self.node_spec[i] = -1

    # filling the tables

    def add_loop(self, int index, int size, int level, bint is_line):
        """A loop by its grammar index: how many children it has, and what it begins."""
        if size > SLOTS:
            raise TableFull("slots")
        self.loop_size[index] = size
        self.loop_level[index] = level
        self.loop_is_line[index] = is_line

    def add_tag(self, bytes tag, int element, int component, bint second, int role):
        """A tag with the place of its qualifier; element 0: the tag alone decides."""
        cdef int slot = _tag_slot(_pack_tag(tag))
        for _ in range(TAGS):
            if self.tags[ROW * slot] == 0:
                self.tags[ROW * slot] = <int>_pack_tag(tag)
                self.tags[ROW * slot + 1] = element
                self.tags[ROW * slot + 2] = component
                self.tags[ROW * slot + 3] = second
                self.tags[ROW * slot + 4] = role
                return
            slot = (slot + 1) % TAGS
        raise TableFull("tags")

    def add_codes(self, list values):
        """A set of codes; returns the place of its table in the pool."""
        cdef int size = 4
        cdef int at = self.n_codes
        cdef int slot
        cdef unsigned long long packed
        while size < 2 * len(values):
            size *= 2
        if at + size + 1 > CODE_POOL:
            raise TableFull("codes")
        self.codes[at] = size - 1
        for value in values:
            packed = _packed(value)
            slot = <int>(_mixed(packed, 0) & <unsigned long long>(size - 1))
            while self.codes[at + 1 + slot] not in (0, packed):
                slot = (slot + 1) & (size - 1)
            self.codes[at + 1 + slot] = packed
        self.n_codes += size + 1
        return at

    def add_fields(self, list fields):
        """Elements or components that stand in a row; returns the place of the first.

        Each is (kind, use, least, most, place, extra, needed): `place` that of the codes or
        components, `extra` how many components, or how many digits in a row, `needed` the last
        component that must be there.
        """
        cdef int first = self.n_fields
        if first + len(fields) > FIELDS:
            raise TableFull("fields")
        for kind, use, low, high, at, extra, needed in fields:
            # what must stay empty is a kind of its own, so that one look tells
            self.fields[ROW * self.n_fields] = NEVER if use == NOT_USED else kind
            self.fields[ROW * self.n_fields + 1] = use
            self.fields[ROW * self.n_fields + 2] = low
            self.fields[ROW * self.n_fields + 3] = high
            self.fields[ROW * self.n_fields + 4] = at
            self.fields[ROW * self.n_fields + 5] = extra
            self.fields[ROW * self.n_fields + 6] = needed
            self.n_fields += 1
        return first

    def add_spec(self, int first, int count, int needed, list notes):
        """What a segment consists of; `needed` is the last element that must be there.

        `notes` are (kind, mask of the first, mask of the rest).
        """
        if self.n_specs == SPECS or self.n_notes + len(notes) > NOTES:
            raise TableFull("specs")
        self.specs[ROW * self.n_specs] = first
        self.specs[ROW * self.n_specs + 1] = count
        self.specs[ROW * self.n_specs + 2] = self.n_notes
        self.specs[ROW * self.n_specs + 3] = <int>len(notes)
        self.specs[ROW * self.n_specs + 4] = needed
        for kind, one, rest in notes:
            self.note_kind[self.n_notes] = kind
            self.note_first[self.n_notes] = one
            self.note_rest[self.n_notes] = rest
            self.n_notes += 1
        self.n_specs += 1
        return self.n_specs - 1

    def set_node(self, int node, int spec):
        """What the segments of a node of the grammar consist of."""
        self.node_spec[node] = spec

    def set_followers(self, int node, list followers):
        """What may come after a segment of a node: tags, each with a qualifier or an empty one."""
        if self.n_follow + len(followers) > FOLLOWERS:
            raise TableFull("followers")
        self.follow_at[node] = self.n_follow
        self.follow_count[node] = len(followers)
        for tag, qualifier in followers:
            self.follow[self.n_follow] = _follower(_pack_tag(tag), _pack_tag(qualifier))
            self.n_follow += 1

    def add_move(
        self, int node, bytes tag, bytes qualifier, bytes second,
        int target, list closed, list passed, int counted, int repeat, list opens,
    ):
        """A strict move; all children are given by their slot in the loop they belong to.

        `closed` are lists of slots, one for each loop left; `opens` pairs (loop, slot counted).
        """
        cdef list pool = []
        for required in closed:
            pool.append(len(required))
            pool.extend(required)
        pool.extend(passed)
        for loop, slot in opens:
            pool.append(loop)
            pool.append(slot)
        if (
            self.n_moves == MOVES
            or self.n_move_pool + len(pool) > MOVE_POOL
            or len(qualifier) > PACKED or len(second) > 3 or len(tag) > 3
        ):
            raise TableFull("moves")
        cdef unsigned long long first = _packed(qualifier)
        cdef unsigned long long rest = _rest(node, _pack_tag(tag), _packed(second))
        cdef int slot_ = <int>(_mixed(first, rest) & (MOVE_HASH - 1))
        while self.hashes[HASH_ROW * slot_] != 0:
            slot_ = (slot_ + 1) & (MOVE_HASH - 1)
        self.hashes[HASH_ROW * slot_] = rest
        self.hashes[HASH_ROW * slot_ + 1] = first
        self.hashes[HASH_ROW * slot_ + 2] = <unsigned long long>self.n_moves
        self.moves[ROW * self.n_moves] = target
        self.moves[ROW * self.n_moves + 1] = <int>len(closed)
        self.moves[ROW * self.n_moves + 2] = <int>len(passed)
        self.moves[ROW * self.n_moves + 3] = <int>len(opens)
        self.moves[ROW * self.n_moves + 4] = counted
        self.moves[ROW * self.n_moves + 5] = repeat
        self.moves[ROW * self.n_moves + 6] = self.n_move_pool
        for number in pool:
            self.move_pool[self.n_move_pool] = number
            self.n_move_pool += 1
        self.n_moves += 1

    def add_shape(self, bytes table, bytes first, int longest, bytes folded):
        """What texts are made of their bytes, the first one and the others, and of how many.

        `folded`: of these in a row one is kept.
        """
        if self.n_shapes == SHAPES:
            raise TableFull("shapes")
        for byte in range(256):
            self.shape[self.n_shapes, byte] = table[byte]
            self.first_shape[self.n_shapes, byte] = first[byte]
        self.shape_longest[self.n_shapes] = longest
        self.shape_folded[self.n_shapes] = folded[0] if folded else -1
        self.n_shapes += 1
        return self.n_shapes - 1

    def add_look(self, int number, list elements):
        """Segments of which some elements count, as pairs of element and shape, by their number."""
        self.look_at[number] = self._add_elements(elements)
        self.look_count[number] = <int>len(elements)

    def _add_elements(self, list elements):
        at = self.n_trigger_parts
        if at + len(elements) > TRIGGER_PARTS:
            raise TableFull("elements")
        for element, shape in elements:
            self.trigger_part[self.n_trigger_parts] = element * 16 + shape
            self.n_trigger_parts += 1
        return at

    def want(self, keys):
        """Do not bring keys out any more: tell which claims have one of these."""
        size = 2
        while size < 4 * len(keys):
            size *= 2
        self.wanted_keys = array("Q", bytes(8 * size))
        self.wants_keys = True
        for key in keys:
            slot = key & (size - 1)
            while self.wanted_keys[slot]:
                slot = (slot + 1) & (size - 1)
            self.wanted_keys[slot] = key

    def set_part(self, int part, bytes text, int seen):
        """The text of a part above the claim, and in how many segments it stands."""
        if len(text) > PART_BYTES:
            seen = 2
            text = b""
        self.part_seen[part] = seen
        self.part_length[part] = <int>len(text)
        for i, byte in enumerate(text):
            self.part_bytes[part * PART_BYTES + <int>i] = byte

    def add_part(self, int place):
        """A place whose text decides about triggers; returns its number."""
        if self.n_parts == PARTS:
            raise TableFull("parts")
        self.part_place[self.n_parts] = place
        self.n_parts += 1
        return self.n_parts - 1

    def add_sum(self, bint of_line=False):
        """A total and its terms, in the claim or in each line; returns its number."""
        if self.n_sums == SUMS:
            raise TableFull("sums")
        self.sum_of_line[self.n_sums] = of_line
        self.n_sums += 1
        return self.n_sums - 1

    def add_trigger(self, int kind, bint of_line, list parts, beside=()):
        """What calls rules.

        `parts` are numbers of parts, numbers of sums, or pairs of an element and its shape; then
        `beside` are numbers of parts above the claim. For shared parts the first number is how many
        of the following parts may not be empty.
        """
        if kind == ON_SEGMENTS:
            if self.n_triggers == TRIGGERS:
                raise TableFull("triggers")
            self.trigger_at[self.n_triggers] = self._add_elements(parts)
            self.trigger_kind[self.n_triggers] = kind
            self.trigger_count[self.n_triggers] = <int>len(parts)
            if self.n_trigger_parts + len(beside) > TRIGGER_PARTS:
                raise TableFull("triggers")
            self.trigger_beside[self.n_triggers] = <int>len(beside)
            for part in beside:
                self.trigger_part[self.n_trigger_parts] = part
                self.n_trigger_parts += 1
            self.n_triggers += 1
            return self.n_triggers - 1
        if self.n_triggers == TRIGGERS or self.n_trigger_parts + len(parts) > TRIGGER_PARTS:
            raise TableFull("triggers")
        self.trigger_kind[self.n_triggers] = kind
        self.trigger_of_line[self.n_triggers] = of_line
        self.trigger_at[self.n_triggers] = self.n_trigger_parts
        self.trigger_count[self.n_triggers] = <int>len(parts)
        for part in parts:
            self.trigger_part[self.n_trigger_parts] = part
            self.n_trigger_parts += 1
        self.n_triggers += 1
        return self.n_triggers - 1

    def watch(self, int node, list watches):
        """What is looked at in the segments of a node.

        Each is (kind, number, element, first component, last component, element of the condition,
        its component, its value packed, shape). A first component of 0 is the whole element, of -n the
        n-th component of every element.
        """
        if self.n_watches + len(watches) > WATCHES:
            raise TableFull("watches")
        self.watch_first[node] = self.n_watches
        self.watch_count[node] = <int>len(watches)
        for kind, number, element, first, last, when, component, value, shape in watches:
            if number > 255:
                raise TableFull("watched values")
            self.watch_kind[self.n_watches] = kind
            self.watch_id[self.n_watches] = number
            self.watch_element[self.n_watches] = element
            self.watch_from[self.n_watches] = first
            self.watch_to[self.n_watches] = last
            self.watch_when[self.n_watches] = when
            self.watch_in[self.n_watches] = component
            self.watch_shape[self.n_watches] = shape
            self.watch_value[self.n_watches] = _packed(value)
            self.n_watches += 1

    def ask_with(self, asker):
        """Whom to ask about a key that is not known: it takes the number of the trigger or value,
        and the key, and returns a verdict, which is kept.
        """
        self.asker = asker

    # one walk

    def read_with(self, bytes classes, int component):
        """The delimiters: the class of each byte, and the component separator."""
        for byte in range(256):
            self.byte_class[byte] = classes[byte]
        self.component = <unsigned char>component

    def load(self, int node, list frames, bytes last, tuple numbers, bint bears_blanks,
             bint bears_breaks):
        """Take over a walk that has nothing left to report.

        `frames` are (loop, pairs of slot and count, whether it has a line); `numbers` are ordinal,
        claims, levels, lines, the numbers of the open billing and subscriber levels (0: none, -1:
        unclear), HL04 of the subscriber as a byte (0: none), whether a patient level came, and how
        many claims came before that subscriber.
        Returns whether there was room for all of it.
        """
        if len(frames) > DEPTH or len(last) > SEGMENT_BYTES:
            return False
        self.node = node
        self.filled[:] = 0
        self.depth = <int>len(frames) - 1
        self.low = self.depth + 1
        self.level_depth = 0
        for depth, (loop, counts, lined) in enumerate(frames):
            self.frame_loop[depth] = loop
            self.frame_line[depth] = LINE_AS_LOADED if lined else NO_LINE
            if self.loop_level[loop]:
                self.level_depth = depth
            for slot, count in counts:
                self._count(depth, slot, count)
        self.last_length = <int>len(last)
        for i in range(self.last_length):
            self.text[self.there + i] = last[i]
        (
            self.ordinal, self.claims, self.levels, self.lines, self.billing_id,
            self.subscriber_id, self.subscriber_child, self.has_children, self.claims_before,
        ) = numbers
        self.subscriber_at = -1
        self.bears_blanks = bears_blanks
        self.bears_breaks = bears_breaks
        return True

    def set_header(self, int node, int loop, int slot):
        """The node of ST, the loop it opens, and its slot there."""
        self.header_node = node
        self.root_loop = loop
        self.header_slot = slot

    def open_set(
        self, bytes type_, bytes control, bytes guide, bint more, long long sets, long long above
    ):
        """The set that is open: ST01 to ST03, and which one of its group it is.

        `more`: sets of the same kind may follow, numbered one after the other up to `above`.
        """
        self.in_set = True
        self.sets = sets
        self.sets_passed = 0
        self.sets_follow = more
        self.n_set_type = self.n_set_control = self.n_set_guide = 0
        if more:
            self.n_set_type = _copy(type_, self.set_type)
            self.n_set_control = _copy(control, self.set_control)
            self.n_set_guide = _copy(guide, self.set_guide)
            self.set_number = int(control)
            self.set_number_above = above

    def limit_blocks(self, int longest, long long largest):
        """How many segments and bytes a block has at most."""
        self.longest_block = longest
        self.largest_block = largest

    def begin(
        self, long long position, int kind, long long ordinal, int had=0, long long begins=-1
    ):
        """Start a run at a file offset; its first block goes on with the one that is open.

        That one `had` so many segments, and `begins` at a file offset (-1: with the next one).
        """
        self.block_end = self.longest_block - had
        self.block_start = begins
        self.n_segments = self.n_alarms = self.n_wanted = 0
        self.silent_claims = self.silent_lines = self.silent_matches = 0
        self.silent_sets = 0
        self.n_keys = self.keys_of_others = 0
        self.n_blocks = 1
        self.position = position
        self.billing_block = self.subscriber_block = self.patient_block = CARRIED
        self.set_block = CARRIED
        self.block[0, KIND] = kind
        self.block[0, FIRST] = 0
        self.block[0, FIRST_ORDINAL] = ordinal
        self.block[0, CLAIM_NUMBER] = 0
        self.block[0, BILLING_BLOCK] = self.block[0, SUBSCRIBER_BLOCK] = CARRIED
        self.block[0, PATIENT_BLOCK] = self.block[0, SET_BLOCK] = CARRIED
        self.block[0, FIRST_ALARM] = 0
        self.block[0, ALL_SEEN] = 0
        self.sure = False
        self.faulty = False
        self.in_line = False

    def run(self, bytes data, long long base, Py_ssize_t upto):
        """Read on in a window that begins at the file offset `base`; returns why it ended.

        The first `upto` bytes of the window are read.
        """
        cdef const unsigned char[::1] view = data
        cdef int why
        if upto < 0:
            upto = 0
        with nogil:
            why = self._run(view[:upto], base)
        self.block[self.n_blocks, FIRST] = self.n_segments
        self.block[self.n_blocks, FIRST_ALARM] = self.n_alarms
        return why

    @property
    def result(self):
        """How many segments and blocks came out, and how many of the blocks are wanted.

        A row after the last block says where its segments and alarms end.
        """
        return self.n_segments, self.n_blocks, self.n_wanted

    @property
    def n_found_keys(self):
        """How many keys of claims that ended came out."""
        return self.keys_of_others

    @property
    def wanted(self):
        """Tag, qualifier and second qualifier of the move that is not in the table."""
        key = self.tags[ROW * self.wanted_tag + 0]
        tag = bytes((key & 255, key >> 8 & 255, key >> 16 & 255)).rstrip(b"\0")
        return self.node, tag, _unpacked(self.wanted_qualifier), _unpacked(self.wanted_rest)

    @property
    def second_key(self):
        """Whether the wanted move's tag has a second qualifier."""
        return bool(self.tags[ROW * self.wanted_tag + 3])

    def state(self):
        """The walk as it stands: node, frames that are new or old, last segment, numbers."""
        frames = []
        for depth in range(self.depth + 1):
            loop = self.frame_loop[depth]
            counts = [
                (slot, self.counts[depth * SLOTS + slot])
                for slot in range(self.loop_size[loop])
                if self._has(depth, slot)
            ]
            frames.append((loop, counts, self.frame_line[depth], depth < self.low))
        last = bytes(self.text[self.there : self.there + self.last_length])
        numbers = (
            self.ordinal, self.claims, self.levels, self.lines, self.billing_id,
            self.subscriber_id, self.subscriber_child, self.has_children, self.claims_before,
        )
        return self.node, frames, last, numbers, self.subscriber_at

    # inside

    cdef int _run(self, const unsigned char[::1] data, long long base) except -1 nogil:
        cdef size_t size = <size_t>data.shape[0]
        cdef size_t at = <size_t>(self.position - base)
        cdef size_t i, start, stop, n
        cdef int e, any_, class_, slot, why, here
        cdef unsigned char byte
        cdef bint blank, broken
        cdef const unsigned char[::1] classes = self.byte_class
        cdef unsigned char[::1] text = self.text
        while True:
            self.position = base + at
            if (
                self.n_segments == SEGMENTS
                or self.n_blocks == BLOCKS
                or self.n_alarms > ALARMS - ALARM_ROOM
            ):
                return FULL
            if at >= size:
                return MORE
            # what stands before the segment
            blank = False
            i = at
            class_ = 0
            while i < size:
                class_ = classes[data[i]]
                if not class_ & IS_PADDING:
                    break
                if class_ & IS_BLANK:
                    blank = True
                i += 1
            if i == size:
                return MORE
            if class_ & IS_TERMINATOR or (blank and not self.bears_blanks):
                return REFERENCE
            # the segment, copied without line breaks and cut into elements
            start = i
            here = self.here
            n = <size_t>here
            e = 0
            any_ = 0
            broken = False
            self.element_start[0] = here
            stop = min(size, start + SEGMENT_BYTES)
            while i < stop:
                byte = data[i]
                class_ = classes[byte]
                if class_ & (IS_TERMINATOR | IS_SEPARATOR | IS_BREAK):
                    if class_ & IS_BREAK:
                        broken = True
                        i += 1
                        continue
                    self.element_end[e] = <int>n
                    self.element_any[e] = any_
                    e += 1
                    if class_ & IS_TERMINATOR:
                        break
                    if e == ELEMENTS:
                        return REFERENCE
                    any_ = class_ = 0
                    self.element_start[e] = <int>n + 1
                any_ |= class_
                text[n] = byte
                n += 1
                i += 1
            if i == stop:
                return MORE if stop == size else REFERENCE
            if broken and not self.bears_breaks:
                return REFERENCE
            if i - start >= 106 and _holds_isa(data, start, i):
                return REFERENCE
            self.elements = e - 1
            self.length = <int>n - here
            slot = self._tag()
            if slot < 0:
                return REFERENCE
            if self.in_set:
                why = self._place(slot, data, i, base + start, base + i)
            else:
                why = self._open_set(slot, data, i, base + start, base + i)
            if why != MORE:
                return why
            self.here, self.there = self.there, self.here
            self.last_length = self.length if self.node != self.header_node else 0
            at = i + 1

    cdef int _tag(self) except -2 nogil:
        """The slot of the segment's tag, -1 where the guide has none such or it is an envelope's."""
        cdef int at = self.element_start[0]
        cdef int length = self.element_end[0] - at
        cdef unsigned int key
        cdef int slot
        if length < 2 or length > 3:
            return -1
        key = self.text[at] | <unsigned int>self.text[at + 1] << 8
        if length == 3:
            key |= <unsigned int>self.text[at + 2] << 16
            if not key >> 16:
                return -1
        slot = _tag_slot(key)
        for _ in range(TAGS):
            if <unsigned int>self.tags[ROW * slot] == key:
                return slot
            if self.tags[ROW * slot] == 0:
                return -1
            slot = (slot + 1) % TAGS
        return -1

    cdef unsigned long long _pack(self, int start, int end) except? 0 nogil:
        """Bytes of the text as a number that no other bytes have; 0 where they are too many."""
        cdef unsigned long long packed = 0
        cdef int i
        if end - start > PACKED:
            return 0
        for i in range(end - start):
            packed |= <unsigned long long>self.text[start + i] << (8 * i)
        return packed | <unsigned long long>(end - start + 1) << 56

    cdef int _component_end(self, int start, int end) except -1 nogil:
        """Where the component that starts here ends."""
        while start < end and self.text[start] != self.component:
            start += 1
        return start

    cdef int _place(
        self, int slot, const unsigned char[::1] data, size_t stop, long long start, long long end
    ) except -1 nogil:
        """Place the segment if it follows as the guide has it, and take down what is to be told."""
        cdef unsigned long long qualifier, second, rest
        cdef int hashed, hash_, move, depth, at, i, k, required, count, target, opens, level
        cdef int a, b, role, loop
        cdef long long number
        # its move
        qualifier = second = <unsigned long long>1 << 56
        k = self.tags[ROW * slot + 1]
        if k:
            if k > self.elements:
                return REFERENCE
            a = self.element_start[k]
            b = self.element_end[k]
            if self.tags[ROW * slot + 2]:
                b = self._component_end(a, b)
            qualifier = self._pack(a, b)
            if self.tags[ROW * slot + 3] and self.elements > 1:
                if self.element_end[2] - self.element_start[2] > 3:
                    return REFERENCE
                second = self._pack(self.element_start[2], self.element_end[2])
            if qualifier == 0:
                return REFERENCE
        rest = _rest(self.node, <unsigned int>self.tags[ROW * slot], second)
        hashed = <int>(_mixed(qualifier, rest) & (MOVE_HASH - 1))
        while True:
            hash_ = HASH_ROW * hashed
            if self.hashes[hash_] == rest and self.hashes[hash_ + 1] == qualifier:
                break
            if self.hashes[hash_] == 0:
                self.wanted_tag = slot
                self.wanted_qualifier = qualifier
                self.wanted_rest = second
                return NEW_MOVE
            hashed = (hashed + 1) & (MOVE_HASH - 1)
        move = <int>self.hashes[hash_ + 2]
        # whether it leaves anything to report
        target = self.moves[ROW * move]
        opens = self.moves[ROW * move + 3]
        depth = self.depth
        at = self.moves[ROW * move + 6]
        if self.moves[ROW * move + 1] > depth:
            return REFERENCE
        for i in range(self.moves[ROW * move + 1]):
            required = self.move_pool[at]
            for k in range(at + 1, at + 1 + required):
                if not self._has(depth, self.move_pool[k]):
                    return REFERENCE
            at += 1 + required
            depth -= 1
        for k in range(at, at + self.moves[ROW * move + 2]):
            if not self._has(depth, self.move_pool[k]):
                return REFERENCE
        at += self.moves[ROW * move + 2]
        count = 1
        if self._has(depth, self.moves[ROW * move + 4]):
            count += self.counts[depth * SLOTS + self.moves[ROW * move + 4]]
        if self.moves[ROW * move + 5] and count > self.moves[ROW * move + 5]:
            return REFERENCE
        if depth + opens >= DEPTH or (opens and target == self.node and self._is_last()):
            return REFERENCE
        level = 0
        for k in range(opens):
            loop = self.move_pool[at + 2 * k]
            if self.loop_level[loop]:
                level = self.loop_level[loop]
        role = self.tags[ROW * slot + 4]
        number = 0
        if role == ROLE_TRAILER:
            return self._close_set(target, start, end)
        if role == ROLE_HEADER or (level == 0 and depth < self.level_depth):
            return REFERENCE
        if role == ROLE_LEVEL:
            if level == 0 or not self._is_next_level(level):
                return REFERENCE
        elif role == ROLE_LINE:
            number = self._number(1)
            if number != self.lines + 1:
                return REFERENCE
        # whether what it contains surely has no fault
        if not self._accepts(self.node_spec[target]):
            return REFERENCE
        if self.follow_count[target] and not self._goes_on(data, stop + 1, target, level):
            return REFERENCE
        if not level and (
            self.n_segments >= self.block_end
            or (self.block_start >= 0 and start - self.block_start >= self.largest_block)
        ):
            return REFERENCE
        # it does: go there
        self._count(depth, self.moves[ROW * move + 4], count)
        if level:
            self._end_block()
        if depth + 1 < self.low and (opens or depth < self.depth):
            self.low = depth + 1
        self.depth = depth
        for k in range(opens):
            loop = self.move_pool[at + 2 * k]
            self.depth += 1
            self.filled[2 * self.depth] = self.filled[2 * self.depth + 1] = 0
            self._count(self.depth, self.move_pool[at + 2 * k + 1], 1)
            self.frame_loop[self.depth] = loop
            self.frame_line[self.depth] = NO_LINE
            if self.loop_level[loop]:
                self.level_depth = self.depth
            elif self.loop_is_line[loop]:
                self._begin_line()
        self.node = target
        self.ordinal += 1
        if level:
            self._begin_block(level)
        self._append(target, start, end)
        if role == ROLE_LINE:
            self.lines += 1
            self.frame_line[self.depth] = <int>self.lines
        # what it holds
        if self.watch_count[target]:
            self._look(target)
        if role == ROLE_LEVEL:
            self._count_level(level, start)
        return MORE

    cdef bint _goes_on(
        self, const unsigned char[::1] data, size_t at, int target, int level
    ) except -1 nogil:
        """Whether what comes next surely is what must follow a segment; `at` is where it begins.

        A claim goes on to its first line. As `Walker._goes_on`, which says of what is unknown that
        it does.
        """
        cdef const unsigned char[::1] classes = self.byte_class
        cdef size_t size = min(<size_t>data.shape[0], at + LINE_AHEAD_BYTES)
        cdef size_t begin = at
        cdef unsigned int tag = 0, qualifier = 0
        cdef unsigned long long key
        cdef int n, first
        while begin < size and classes[data[begin]] & IS_PADDING:
            begin += 1
        n = _word(data, classes, begin, size)
        if n <= 0:
            return False
        tag = _letters(data, begin, n)
        if tag == _NM1 or tag == _PRV:
            begin += n + 1
            n = _word(data, classes, begin, size)
            if n <= 0:
                return False
            qualifier = _letters(data, begin, n)
        key = _follower(tag, qualifier)
        first = self.follow_at[target]
        for n in range(first, first + self.follow_count[target]):
            if self.follow[n] == key:
                return level != CLAIM or self._reaches_line(data, at, size)
        return False

    cdef bint _reaches_line(
        self, const unsigned char[::1] data, size_t at, size_t size
    ) except -1 nogil:
        """Whether a line with the number 1 comes before any other one, level or claim."""
        cdef const unsigned char[::1] classes = self.byte_class
        cdef int n
        cdef unsigned int tag
        for _ in range(LINE_AHEAD):
            while at < size and classes[data[at]] & IS_PADDING:
                at += 1
            n = _word(data, classes, at, size)
            if n <= 0:
                return False
            tag = _letters(data, at, n)
            at += n
            if tag == _LX:
                n = _word(data, classes, at + 1, size)
                if n != 1 or data[at + 1] != c"1":
                    return False
                at += 2
            elif tag in (_HL, _CLM, _SE, _ST, _GE, _GS, _IEA, _ISA, _TA1):
                return False
            while at < size and not classes[data[at]] & IS_TERMINATOR:
                at += 1
            if at == size:
                return False
            if tag == _LX:
                return True
            at += 1
        return False

    cdef int _close_set(self, int target, long long start, long long end) except -1 nogil:
        """An SE that follows: take it if it closes its set as it should."""
        if self._number(1) != self.ordinal + 1 or not self._is_element(
            2, self.set_control, self.n_set_control
        ):
            return REFERENCE
        if self._is_childless():
            return REFERENCE
        if not self._accepts(self.node_spec[target]):
            return REFERENCE
        self._end_block()
        self.ordinal += 1
        self._begin_block(TRAILER)
        self._append(target, start, end)
        self._end_block()
        self.in_set = False
        return MORE

    cdef int _is_professional(self, const unsigned char[::1] data, size_t at) except -1 nogil:
        """Whether the set whose ST ends here has a service line that only an 837P has.

        The first one is near; where none is found, the reference engine looks further.
        """
        cdef size_t size = min(<size_t>data.shape[0], at + AHEAD)
        cdef unsigned char terminator = data[at], separator
        cdef unsigned char a, b
        cdef const void *found
        cdef const unsigned char[::1] classes = self.byte_class
        separator = self.text[self.element_end[0]]
        while at + 7 < size:
            at += 1
            while at + 7 < size and classes[data[at]] & IS_PADDING:
                at += 1
            a = data[at]
            b = data[at + 1]
            if a == c"S" and b == c"V" and data[at + 2] == c"1" and data[at + 3] == separator:
                a = data[at + 4]
                b = data[at + 5]
                if (
                    _is_capital(a) and _is_capital(b) and not (a == c"A" and b == c"D")
                    and not classes[data[at + 6]] & IS_BREAK
                    and not _is_plain(data[at + 6])
                ):
                    return True
            elif (a == c"S" and (b == c"E" or b == c"T")) or (
                a == c"G" and (b == c"E" or b == c"S")
            ) or (a == c"I" and (b == c"E" or b == c"S")):
                return False
            found = memchr(&data[at], terminator, size - at)
            if found == NULL:
                return False
            at = <size_t>(<const unsigned char *>found - &data[0])
        return False

    cdef int _open_set(
        self, int slot, const unsigned char[::1] data, size_t ends_at, long long start,
        long long end,
    ) except -1 nogil:
        """An ST behind an SE: take it if it is the one before, but for the next number.

        As that one had no fault, this one has none.
        """
        cdef int i, at, digits
        cdef long long number = 0
        if self.tags[ROW * slot + 4] != ROLE_HEADER or not self.sets_follow or self.elements != 3:
            return REFERENCE
        if not self._is_element(1, self.set_type, self.n_set_type):
            return REFERENCE
        if not self._is_element(3, self.set_guide, self.n_set_guide):
            return REFERENCE
        at = self.element_start[2]
        digits = self.element_end[2] - at
        if digits != self.n_set_control or self.element_any[2] & IS_NO_DIGIT:
            return REFERENCE
        for i in range(at, at + digits):
            number = 10 * number + self.text[i] - c"0"
        if number != self.set_number + 1 or number > self.set_number_above:
            return REFERENCE
        if not self._is_professional(data, ends_at):
            return REFERENCE
        self.set_number = number
        for i in range(digits):
            self.set_control[i] = self.text[at + i]
        self.sets += 1
        self.sets_passed += 1
        self.ordinal = 1
        self.claims = self.levels = self.lines = 0
        self.billing_id = self.subscriber_id = 0
        self.subscriber_at = -1
        self.subscriber_child = self.has_children = 0
        self._begin_block(HEADER)
        self.depth = self.low = self.level_depth = 0
        self.frame_loop[0] = self.root_loop
        self.frame_line[0] = NO_LINE
        self.filled[0] = self.filled[1] = 0
        self._count(0, self.header_slot, 1)
        self.node = self.header_node
        self._append(self.header_node, start, end)
        self.in_set = True
        return MORE

    cdef int _is_element(
        self, int element, const unsigned char[::1] text, int length
    ) except -1 nogil:
        """Whether an element is this text, which is not empty."""
        cdef int at, i
        if element > self.elements or length == 0:
            return False
        at = self.element_start[element]
        if self.element_end[element] - at != length:
            return False
        for i in range(length):
            if self.text[at + i] != text[i]:
                return False
        return True

    cdef int _append(self, int node, long long start, long long end) except -1 nogil:
        self.out_start[self.n_segments] = start
        self.out_end[self.n_segments] = end
        self.out_node[self.n_segments] = <unsigned short>node
        if self.block_start < 0:
            self.block_start = start
        self.n_segments += 1
        return 0

    cdef int _has(self, int depth, int slot) except -1 nogil:
        """Whether a child of the loop open at a depth has been there."""
        return <int>(self.filled[2 * depth + (slot >> 6)] >> (slot & 63) & 1)

    cdef int _count(self, int depth, int slot, int count) except -1 nogil:
        self.filled[2 * depth + (slot >> 6)] |= <unsigned long long>1 << (slot & 63)
        self.counts[depth * SLOTS + slot] = count
        return 0

    cdef int _is_last(self) except -1 nogil:
        """Whether the segment is the one before it once more."""
        cdef int i
        if self.length != self.last_length:
            return False
        for i in range(self.length):
            if self.text[self.here + i] != self.text[self.there + i]:
                return False
        return True

    cdef int _line(self) except -2 nogil:
        """The line that the segment stands in, by the innermost loop that has one."""
        cdef int depth = self.depth
        while depth >= 0:
            if self.frame_line[depth] != NO_LINE:
                return self.frame_line[depth]
            depth -= 1
        return NO_LINE

    cdef int _raise(self, int kind, int what, int line, int verdict) except -1 nogil:
        if self.n_alarms < ALARMS:
            self.alarm[self.n_alarms, 0] = kind
            self.alarm[self.n_alarms, 1] = what
            self.alarm[self.n_alarms, 2] = line
            self.alarm[self.n_alarms, 3] = verdict
            self.n_alarms += 1
        return 0

    # numbers of levels and lines

    cdef long long _number(self, int element) except -2 nogil:
        """The element as a whole number without sign or leading zero, -1 where it is none."""
        cdef int at, end
        cdef long long number = 0
        if element > self.elements:
            return -1
        at = self.element_start[element]
        end = self.element_end[element]
        if end == at or end - at > 9 or self.element_any[element] & IS_NO_DIGIT:
            return -1
        if self.text[at] == c"0":
            return -1
        while at < end:
            number = 10 * number + self.text[at] - c"0"
            at += 1
        return number

    cdef int _is_next_level(self, int level) except -1 nogil:
        if self._number(1) != self.levels + 1:
            return False
        if level == BILLING or level == SUBSCRIBER:
            if self._is_childless():
                return False
        if level == BILLING:
            return True
        if level == SUBSCRIBER:
            return self.billing_id > 0 and self._number(2) == self.billing_id
        if level != PATIENT or self.subscriber_child == c"0":
            return False
        return self.subscriber_id > 0 and self._number(2) == self.subscriber_id

    cdef int _is_childless(self) except -1 nogil:
        """Whether the open subscriber lacks the patient level that it announces, or any claim."""
        if self.subscriber_child == 0 or self.has_children:
            return False
        return self.subscriber_child == c"1" or self.claims == self.claims_before

    cdef int _count_level(self, int level, long long start) except -1 nogil:
        self.levels += 1
        if level == PATIENT:
            self.has_children = True
            return 0
        self.has_children = False
        self.subscriber_child = 0
        if level == BILLING:
            self.billing_id = self.levels
            self.subscriber_id = 0
            return 0
        self.subscriber_id = self.levels
        self.subscriber_at = start
        self.claims_before = self.claims
        # 1 stands for anything but 0 and 1: a subscriber is there, and nothing follows from it
        self.subscriber_child = 1
        if self.elements >= 4 and self.element_end[4] - self.element_start[4] == 1:
            self.subscriber_child = self.text[self.element_start[4]]
        return 0

    # blocks

    cdef int _begin_block(self, int level) except -1 nogil:
        cdef int last = self.n_blocks - 1
        cdef int before = <int>self.block[last, KIND]
        cdef int i
        if level == TRAILER:
            before = TRAILER
        if before == BILLING:
            self.billing_block = last
        elif before == SUBSCRIBER:
            self.subscriber_block = last
        elif before == PATIENT:
            self.patient_block = last
        if level == HEADER or level == BILLING:
            self.billing_block = self.subscriber_block = self.patient_block = ABSENT
        elif level == SUBSCRIBER:
            self.subscriber_block = self.patient_block = ABSENT
        elif level == PATIENT:
            self.patient_block = ABSENT
        elif level == CLAIM:
            self.claims += 1
            self.lines = 0
        if level == HEADER:
            self.set_block = self.n_blocks
        i = self.n_blocks
        self.block[i, KIND] = level
        self.block[i, FIRST] = self.n_segments
        self.block[i, FIRST_ORDINAL] = self.ordinal
        self.block[i, CLAIM_NUMBER] = self.claims
        self.block[i, BILLING_BLOCK] = self.billing_block
        self.block[i, SUBSCRIBER_BLOCK] = self.subscriber_block
        self.block[i, PATIENT_BLOCK] = self.patient_block
        self.block[i, FIRST_ALARM] = self.n_alarms
        self.block[i, ALL_SEEN] = 1
        self.block[i, SET_BLOCK] = self.set_block
        self.block[i, SET_NUMBER] = self.sets
        self.block_start = -1
        self.block_end = self.n_segments + self.longest_block
        self.n_blocks += 1
        self.sure = True
        self.faulty = False
        self.in_claim = level == CLAIM
        self.in_line = False
        self.line_index = -1
        self.block_matches = 0
        self.keys_of_others = self.n_keys
        for i in range(self.n_parts):
            if _is_within(self.part_place[i], level):
                self.part_length[i] = 0
                self.part_seen[i] = 0
        for i in range(self.n_triggers):
            self.present[i] = 0
            self.n_sights[i] = 0
            self._forget_days(i)
        for i in range(self.n_sums):
            self.sum_total[i] = self.sum_terms[i] = 0
            self.sum_state[i] = 0
            self.sum_seen[i] = 0
            self.sum_totals[i] = self.sum_needed[i] = self.sum_once[i] = 0
            self.sum_same[i] = 0
        return 0

    cdef int _end_block(self) except -1 nogil:
        """Ask the triggers of the claim that ends; say whether all of it was seen."""
        cdef int last = self.n_blocks - 1
        if self.sure and not self.faulty and self.block[last, KIND] == CLAIM:
            self._end_line()
            self._ask(False)
        if self.faulty:
            self.block[last, ALL_SEEN] = 0
            self.n_keys = self.keys_of_others
        if last and not (self.block[last, ALL_SEEN] and self.block[last, FIRST_ALARM] == self.n_alarms):
            self.wanted_block[self.n_wanted] = last
            self.n_wanted += 1
        elif last:
            if self.block[last, KIND] == HEADER:
                self.silent_sets += 1
            if self.block[last, KIND] == CLAIM:
                self.silent_claims += 1
                self.silent_lines += self.line_index + 1
                self.silent_matches += self.block_matches
        return 0

    cdef int _begin_line(self) except -1 nogil:
        cdef int i
        if self.sure and not self.faulty:
            self._end_line()
        self.in_line = True
        self.line_index += 1
        for i in range(self.n_parts):
            if self.part_place[i] == IN_LINE:
                self.part_length[i] = 0
                self.part_seen[i] = 0
        for i in range(self.n_triggers):
            if self.trigger_kind[i] == ON_LASTING and self.trigger_of_line[i]:
                self._forget_days(i)
        for i in range(self.n_sums):
            if self.sum_of_line[i]:
                self.sum_total[i] = self.sum_terms[i] = 0
                self.sum_seen[i] = self.sum_totals[i] = self.sum_needed[i] = 0
        return 0

    cdef int _forget_days(self, int trigger) except -1 nogil:
        self.good_from[trigger] = self.day_last[trigger] = 0
        self.good_to[trigger] = self.day_first[trigger] = WINDOW
        return 0

    cdef int _end_line(self) except -1 nogil:
        cdef int i
        if self.in_line:
            for i in range(self.n_sums):
                # once a sum of a line is off, the claim's is
                if self.sum_of_line[i] and self.sum_needed[i] and self.sum_total[i] != self.sum_terms[i]:
                    self.sum_state[i] = -1
            self._ask(True)
        self.in_line = False
        return 0

    # what is watched

    cdef int _look(self, int node) except -1 nogil:
        """Take down what rules look at in this segment."""
        cdef int w, kind, number, element
        for w in range(self.watch_first[node], self.watch_first[node] + self.watch_count[node]):
            kind = self.watch_kind[w]
            number = self.watch_id[w]
            element = self.watch_element[w]
            if kind == WATCH_PART:
                self._take_part(w, number)
            elif kind == WATCH_SEGMENT:
                if self.sure and self.in_claim:
                    self._take_segment(number)
            elif kind == WATCH_TOTAL or kind == WATCH_TERM:
                self._take_amount(number, element, kind == WATCH_TOTAL)
            elif kind == WATCH_NEEDED:
                self.sum_needed[number] += 1
                self._take_amount(number, element, False)
            elif kind == WATCH_OPTIONAL:
                if element <= self.elements and self.element_start[element] < self.element_end[element]:
                    self._take_amount(number, element, False)
            elif kind == WATCH_SAME:
                self._compare(number, element)
            elif kind == WATCH_ONCE:
                self.sum_once[number] += 1
                if self.sum_once[number] > 1:
                    self.sum_state[number] = -1
            elif not self.sure:
                continue
            elif kind == WATCH_DAY:
                self._take_day(number, element)
            elif kind == WATCH_LOOK:
                self.n_key = 0
                self._add_byte(<unsigned char>number)
                self._add_elements_of(self.look_at[number], self.look_count[number])
                self._judge_value()
            elif self._take_value(w, number, element):
                if kind == WATCH_VALUE:
                    self._judge_value()
                else:
                    self._add_byte(0x1F)
                    self._add_byte(0x1E)
                    if kind == WATCH_CHOICE:
                        if self.in_claim:
                            self._call(number, <int>self._verdict())
                    elif kind == WATCH_LASTING:
                        self._narrow(number, self._verdict())
                    elif kind == WATCH_TWICE:
                        self._see(number)
                    else:
                        self._share(number)
        return 0

    cdef int _judge_value(self) except -1 nogil:
        """Raise an alarm where something may be said of the value whose key was made."""
        cdef int verdict = <int>self._verdict()
        if verdict != SILENT:
            self._raise(ALARM_VALUE, self.n_segments - 1, 0, verdict)
        return 0

    cdef int _narrow(self, int trigger, long long verdict) except -1 nogil:
        """Take down on which days a value is good; any other verdict means that it never is."""
        cdef int first = WINDOW, last = 0
        if verdict == SILENT:
            return 0
        if verdict >= WINDOW:
            first = <int>(verdict // WINDOW)
            last = <int>(verdict % WINDOW)
        self.good_from[trigger] = max(self.good_from[trigger], first)
        self.good_to[trigger] = min(self.good_to[trigger], last)
        return 0

    cdef int _take_day(self, int trigger, int element) except -1 nogil:
        """Take down a day of service; one that cannot be read is on no day that is good."""
        cdef int day = 0, at, end
        if element > self.elements or self.element_start[element] == self.element_end[element]:
            return 0
        at = self.element_start[element]
        end = min(at + 8, self.element_end[element])
        while at < end and c"0" <= self.text[at] <= c"9":
            day = 10 * day + self.text[at] - c"0"
            at += 1
        if at < end or day < 10000000:
            return self._narrow(trigger, NOT_KNOWN)
        self.day_first[trigger] = min(self.day_first[trigger], day)
        self.day_last[trigger] = max(self.day_last[trigger], day)
        return 0

    cdef bint _is_good(self, int trigger) except -1 nogil:
        """Whether every value is good on every day, as far as days are known."""
        if self.good_from[trigger] == WINDOW:
            return False
        if self.day_last[trigger] == 0:
            return True
        return (
            self.day_first[trigger] >= self.good_from[trigger]
            and self.day_last[trigger] <= self.good_to[trigger]
        )

    cdef int _call(self, int trigger, int verdict) except -1 nogil:
        """Raise an alarm for the claim, unless the trigger's last one had the same verdict."""
        if verdict != SILENT and self.present[trigger] != verdict + 1:
            self.present[trigger] = verdict + 1
            self._raise(ALARM_TRIGGER, trigger, -1, verdict)
        return 0

    cdef int _compare(self, int number, int element) except -1 nogil:
        """An element that makes a sum unsure where it differs from the one before."""
        cdef unsigned long long hashed = 0
        if element <= self.elements:
            self.n_key = 0
            self._add_shaped(self.element_start[element], self.element_end[element], 0)
            if 0 < self.n_key <= KEY_BYTES:
                hashed = self._key_hash()
        if hashed == 0 or (self.sum_same[number] and self.sum_same[number] != hashed):
            self.sum_state[number] = -1
        self.sum_same[number] = hashed
        return 0

    cdef int _take_value(self, int w, int number, int element) except -1 nogil:
        """Begin the key with the value that a watch means; whether there is one."""
        cdef int a, b
        if element > self.elements or not self._holds(w):
            return False
        a = self.element_start[element]
        b = self.element_end[element]
        if self.watch_from[w]:
            a = self._component(a, b, self.watch_from[w])
            if a < 0:
                return False
            b = self._component_end(a, b)
        if a == b:
            return False
        self.n_key = 0
        self._add_byte(<unsigned char>number)
        self._add_shaped(a, b, self.watch_shape[w])
        return True

    cdef int _see(self, int trigger) except -1 nogil:
        """Note the key of a trigger, which goes off where the claim has held it before."""
        cdef unsigned long long hashed
        cdef int i, at = trigger * SIGHTS
        if self.present[trigger]:
            return 0
        if self.n_sights[trigger] == SIGHTS or self.n_key > KEY_BYTES:
            self.present[trigger] = True
            return 0
        hashed = self._key_hash()
        for i in range(at, at + self.n_sights[trigger]):
            if self.sight[i] == hashed:
                self.present[trigger] = True
                return 0
        self.sight[at + self.n_sights[trigger]] = hashed
        self.n_sights[trigger] += 1
        return 0

    cdef int _share(self, int trigger) except -1 nogil:
        """Bring out the key of a trigger; or, where some are wanted, see whether it is one."""
        cdef unsigned long long hashed, slot, last
        if self.n_key > KEY_BYTES or self.n_keys == KEYS:
            self.faulty = True
            return 0
        hashed = self._key_hash()
        if not self.wants_keys:
            self.out_key[self.n_keys] = hashed
            self.n_keys += 1
            return 0
        last = <unsigned long long>self.wanted_keys.shape[0] - 1
        slot = hashed & last
        while self.wanted_keys[<size_t>slot]:
            if self.wanted_keys[<size_t>slot] == hashed:
                self.present[trigger] = True
                return 0
            slot = (slot + 1) & last
        return 0

    cdef int _take_segment(self, int trigger) except -1 nogil:
        """Judge a segment by some of its elements, and by parts above the claim."""
        cdef int at, p, part
        self.n_key = 0
        self._add_byte(<unsigned char>trigger)
        self._add_elements_of(self.trigger_at[trigger], self.trigger_count[trigger])
        at = self.trigger_at[trigger] + self.trigger_count[trigger]
        for p in range(at, at + self.trigger_beside[trigger]):
            part = self.trigger_part[p]
            if self.part_seen[part] > 1:
                self._call(trigger, NOT_KNOWN)
                return 0
            self._add_part(part)
        self._call(trigger, <int>self._verdict())
        return 0

    cdef int _add_elements_of(self, int at, int count) except -1 nogil:
        """Add to the key what counts of some elements, each with its shape."""
        cdef int i, element, shape, a, b, stop
        for i in range(at, at + count):
            element = self.trigger_part[i] >> 4
            shape = self.trigger_part[i] & 15
            a = b = 0
            if element <= self.elements:
                a = self.element_start[element]
                b = self.element_end[element]
            if a < b:
                if shape == SHAPES:
                    self._add_byte(c"+")
                    self._add_byte(0x1F)
                else:
                    while True:
                        stop = self._component_end(a, b)
                        self._add_shaped(a, stop, shape)
                        self._add_byte(0x1F)
                        if stop == b:
                            break
                        a = stop + 1
            self._add_byte(0x1E)
        return 0

    cdef int _add_shaped(self, int start, int end, int shape) except -1 nogil:
        """Add a text to the key in a shape."""
        cdef int i, folded = self.shape_folded[shape], last = -1
        cdef unsigned char byte
        end = min(end, start + self.shape_longest[shape])
        for i in range(start, end):
            byte = self.shape[shape, self.text[i]]
            if i == start:
                byte = self.first_shape[shape, self.text[i]]
            if byte != folded or byte != last:
                self._add_byte(byte)
            last = byte
        return 0

    cdef int _holds(self, int w) except -1 nogil:
        """Whether the condition of a watch is met."""
        cdef int element = self.watch_when[w]
        cdef int a, b
        if element == 0:
            return True
        if element > self.elements:
            return False
        a = self.element_start[element]
        b = self.element_end[element]
        if self.watch_in[w]:
            a = self._component(a, b, self.watch_in[w])
            if a < 0:
                return False
            b = self._component_end(a, b)
        return self._pack(a, b) == self.watch_value[w]

    cdef int _component(self, int start, int end, int number) except -2 nogil:
        """Where a component (from 1) starts, -1 where there is none such."""
        while number > 1:
            start = self._component_end(start, end)
            if start == end:
                return -1
            start += 1
            number -= 1
        return start

    cdef int _take_part(self, int w, int part) except -1 nogil:
        cdef int element = self.watch_element[w]
        cdef int number, a, b, end
        self.part_seen[part] += 1
        if self.part_seen[part] > 1:
            return 0
        if self.watch_from[w] < 0:
            for element in range(1, self.elements + 1):
                end = self.element_end[element]
                a = self._component(self.element_start[element], end, -self.watch_from[w])
                if a < 0:
                    a = b = end
                else:
                    b = self._component_end(a, end)
                self._extend_part(part, a, b, self.watch_shape[w])
            return 0
        if element > self.elements or self.element_end[element] == self.element_start[element]:
            return 0
        a = self.element_start[element]
        end = self.element_end[element]
        number = 1
        while True:
            b = self._component_end(a, end)
            if self.watch_from[w] == 0 or self.watch_from[w] <= number <= self.watch_to[w]:
                self._extend_part(part, a, b, self.watch_shape[w])
            if b == end:
                return 0
            a = b + 1
            number += 1

    cdef int _extend_part(self, int part, int start, int end, int shape) except -1 nogil:
        """Add a text with its end mark to a part; one that is too long counts as several."""
        cdef int at = part * PART_BYTES + self.part_length[part]
        cdef int i, folded = self.shape_folded[shape], last = -1
        cdef unsigned char byte
        end = min(end, start + self.shape_longest[shape])
        if self.part_length[part] + end - start + 1 > PART_BYTES:
            self.part_seen[part] = 2
            return 0
        for i in range(start, end):
            byte = self.shape[shape, self.text[i]]
            if i == start:
                byte = self.first_shape[shape, self.text[i]]
            if byte != folded or byte != last:
                self.part_bytes[at] = byte
                at += 1
            last = byte
        self.part_bytes[at] = 0x1F
        self.part_length[part] = at + 1 - part * PART_BYTES
        return 0

    cdef int _take_amount(self, int number, int element, bint is_total) except -1 nogil:
        """Add an amount to a sum; one that cannot be read as one makes the sum unsure."""
        cdef int a, b, digits = 0, decimals = -1
        cdef long long amount = 0
        cdef bint negative = False
        self.sum_seen[number] += 1
        if element > self.elements or self.sum_seen[number] > TERMS:
            self.sum_state[number] = -1
            return 0
        a = self.element_start[element]
        b = self.element_end[element]
        if a < b and self.text[a] == c"-":
            negative = True
            a += 1
        while a < b:
            if self.text[a] == c"." and decimals < 0:
                decimals = 0
            elif c"0" <= self.text[a] <= c"9":
                amount = 10 * amount + self.text[a] - c"0"
                digits += 1
                if decimals >= 0:
                    decimals += 1
            else:
                digits = 0
                break
            a += 1
            if digits > AMOUNT_DIGITS + DECIMALS or decimals > DECIMALS:
                digits = 0
                break
        if decimals < 0:
            decimals = 0
        if digits == 0 or digits - decimals > AMOUNT_DIGITS:
            self.sum_state[number] = -1
            return 0
        while decimals < DECIMALS:
            amount *= 10
            decimals += 1
        if negative:
            amount = -amount
        if is_total:
            self.sum_totals[number] += 1
            self.sum_total[number] += amount
        else:
            self.sum_terms[number] += amount
        return 0

    cdef int _ask(self, bint of_line) except -1 nogil:
        """Which triggers of the line or claim that ends have something to say, or might."""
        cdef int t, i, kind, verdict
        cdef bint sure
        for t in range(self.n_triggers):
            kind = self.trigger_kind[t]
            if kind == ON_REPEATED and of_line and self._add_parts(t, self.trigger_at[t]) != 0:
                self._see(t)
            if kind == ON_SHARED_PARTS and self.trigger_of_line[t] == of_line:
                i = self.trigger_at[t]
                if self._add_parts(t, i + 1) != 0 and self._are_filled(i + 1, self.trigger_part[i]):
                    self._share(t)
            if kind == ON_SEGMENTS or kind == ON_VALUES:
                continue  # raised where they were met
            if kind == ON_LASTING:
                if self.trigger_of_line[t] == of_line and not self._is_good(t):
                    self._raise(
                        ALARM_TRIGGER, t, self.line_index if of_line else -1, NOT_KNOWN
                    )
                continue
            if kind != ON_TEXTS and kind != ON_SUM and kind != ON_SUMS:
                # what is said of the whole claim
                if not of_line and self.present[t]:
                    self._raise(ALARM_TRIGGER, t, -1, NOT_KNOWN)
                continue
            if self.trigger_of_line[t] != of_line:
                continue
            verdict = NOT_KNOWN
            if kind == ON_SUM:
                i = self.trigger_part[self.trigger_at[t]]
                sure = self._agrees(i)
            elif kind == ON_SUMS:
                i = self.trigger_at[t]
                sure = self._is_plain(self.trigger_part[i], self.trigger_part[i + 1], self.trigger_part[i + 2])
            else:
                sure = self._add_parts(t, self.trigger_at[t]) >= 0
                if sure:
                    verdict = <int>self._verdict()
                    sure = verdict == SILENT or verdict == COUNTED
                    if verdict == COUNTED:
                        self.block_matches += 1
            if not sure:
                self._raise(ALARM_TRIGGER, t, self.line_index if of_line else -1, verdict)
        return 0

    cdef bint _agrees(self, int number) except -1 nogil:
        return self.sum_state[number] == 0 and self.sum_total[number] == self.sum_terms[number]

    cdef bint _is_plain(self, int whole, int by_lines, int line) except -1 nogil:
        """Whether a claim surely adds up, as a whole or by its lines."""
        if not self.sum_needed[whole]:
            return True
        if not self.sum_totals[by_lines]:
            return self._agrees(whole)
        return self._agrees(by_lines) and self.sum_state[line] == 0

    cdef int _add_parts(self, int trigger, int at) except -2 nogil:
        """Make the key of the parts of a trigger; 0 where they are empty, -1 where they are unsure.

        What cannot be told of parts that are compared between lines or claims is left to Python.
        """
        cdef int p, part, filled = 0
        self.n_key = 0
        self._add_byte(<unsigned char>trigger)
        for p in range(at, self.trigger_at[trigger] + self.trigger_count[trigger]):
            part = self.trigger_part[p]
            if self.part_seen[part] > 1:
                if self.trigger_kind[trigger] == ON_REPEATED:
                    self.present[trigger] = True
                    return 0
                if self.trigger_kind[trigger] == ON_SHARED_PARTS:
                    self.faulty = True
                    return 0
                return -1
            if self.part_length[part]:
                filled = 1
            self._add_part(part)
        return filled

    cdef int _add_part(self, int part) except -1 nogil:
        """Add the text of a part, with its end mark, to the key."""
        cdef int length = self.part_length[part]
        if 0 < length <= PART_BYTES and self.n_key + length <= KEY_BYTES:
            memcpy(&self.key[self.n_key], &self.part_bytes[part * PART_BYTES], <size_t>length)
        self.n_key += length
        return self._add_byte(0x1E)

    cdef int _are_filled(self, int at, int count) except -1 nogil:
        """Whether the first parts of some are not empty."""
        cdef int p
        for p in range(at, at + count):
            if self.part_length[self.trigger_part[p]] == 0:
                return False
        return True

    cdef int _add_byte(self, unsigned char byte) except -1 nogil:
        if self.n_key < KEY_BYTES:
            self.key[self.n_key] = byte
        self.n_key += 1
        return 0

    cdef unsigned long long _key_hash(self) except? 0 nogil:
        return _hashed(self.key, self.n_key)

    cdef long long _verdict(self) except -1 nogil:
        """What is known of the key, or is answered now; NOT_KNOWN for one that is too long."""
        cdef unsigned long long hashed
        cdef int slot, at, length = self.n_key
        if length > KEY_BYTES or length == 0:
            return NOT_KNOWN
        hashed = self._key_hash()
        slot = <int>(hashed & (KNOWN - 1))
        for _ in range(PROBES):
            if self.known_hash[slot] == 0:
                break
            if self.known_hash[slot] == hashed and self.known_length[slot] == length:
                at = self.known_at[slot]
                if at + length <= KNOWN_BYTES and memcmp(
                    &self.known_bytes[at], &self.key[0], <size_t>length
                ) == 0:
                    return self.known_verdict[slot]
            slot = (slot + 1) & (KNOWN - 1)
        return self._asked(hashed)

    cdef long long _asked(self, unsigned long long hashed) except -1 with gil:
        """Ask about the key, and keep the answer."""
        cdef long long verdict
        cdef int slot
        if self.asker is None:
            return NOT_KNOWN
        verdict = self.asker(self.key[0], bytes(self.key[1:self.n_key]))
        if verdict < NOT_KNOWN:
            raise ValueError(f"{verdict} is not a verdict")
        if self.n_known * 2 >= KNOWN or self.n_known_bytes + self.n_key > KNOWN_BYTES:
            self.known_hash[:] = 0
            self.n_known = self.n_known_bytes = 0
        slot = <int>(hashed & (KNOWN - 1))
        for _ in range(PROBES):
            if self.known_hash[slot] == 0:
                self.known_hash[slot] = hashed
                self.known_verdict[slot] = verdict
                self.known_at[slot] = self.n_known_bytes
                self.known_length[slot] = self.n_key
                memcpy(
                    &self.known_bytes[self.n_known_bytes], &self.key[0], <size_t>self.n_key
                )
                self.n_known_bytes += self.n_key
                self.n_known += 1
                break
            slot = (slot + 1) & (KNOWN - 1)
        return verdict

    # elements

    cdef int _accepts(self, int spec) except -1 nogil:
        """Whether the elements are surely without fault."""
        cdef int n = self.elements
        cdef int i, field, kind, start, end, any_, last_start, last_end
        cdef unsigned long long present = 0
        if spec < 0 or n == 0 or n > self.specs[ROW * spec + 1] or n < self.specs[ROW * spec + 4]:
            return False
        field = ROW * self.specs[ROW * spec]
        start = end = 0
        for i in range(1, n + 1):
            last_start = start
            last_end = end
            start = self.element_start[i]
            end = self.element_end[i]
            if start == end:
                if self.fields[field + 1] == REQUIRED:
                    return False
            else:
                present |= <unsigned long long>1 << i
                kind = self.fields[field]
                any_ = self.element_any[i]
                if kind == TEXT:
                    if (
                        any_ & (IS_OUTSIDE | IS_COMPONENT)
                        or end - start < self.fields[field + 2]
                        or end - start > self.fields[field + 3]
                        or self.text[end - 1] == c" "
                    ):
                        return False
                elif kind == COMPOSITE:
                    if not self._composite(field, start, end):
                        return False
                elif not self._field(field, start, end, any_, last_start, last_end):
                    return False
            field += ROW
        if start == end:
            return False
        field = self.specs[ROW * spec + 2]
        for i in range(field, field + self.specs[ROW * spec + 3]):
            if not _noted(self.note_kind[i], self.note_first[i], self.note_rest[i], present):
                return False
        return True

    cdef int _composite(self, int field, int start, int end) except -1 nogil:
        cdef int number = 0
        cdef int before = start, before_end = start
        cdef int at = start, stop, any_, inner
        if self.text[end - 1] == self.component:
            return False
        while True:
            if number == self.fields[field + 5]:
                return False
            inner = ROW * (self.fields[field + 4] + number)
            any_ = 0
            stop = at
            while stop < end and self.text[stop] != self.component:
                any_ |= self.byte_class[self.text[stop]]
                stop += 1
            if stop == at:
                if self.fields[inner + 1] == REQUIRED:
                    return False
            elif not self._field(inner, at, stop, any_, before, before_end):
                return False
            number += 1
            if stop == end:
                break
            before = at
            before_end = stop
            at = stop + 1
        return number >= self.fields[field + 6]

    cdef int _field(
        self, int field, int start, int end, int any_, int before, int before_end
    ) except -1 nogil:
        """Whether a simple value is surely good; `before` is the value in front of it."""
        cdef int kind = self.fields[field]
        cdef int length = end - start
        cdef unsigned long long packed
        cdef int at, mask, slot
        if any_ & (IS_OUTSIDE | IS_COMPONENT):
            return False
        if kind == TEXT:
            return (
                self.fields[field + 2] <= length <= self.fields[field + 3]
                and self.text[end - 1] != c" "
            )
        if kind == CODED:
            packed = self._pack(start, end)
            if packed == 0:
                return False
            at = self.fields[field + 4]
            mask = <int>self.codes[at]
            slot = <int>(_mixed(packed, 0) & <unsigned long long>mask)
            while self.codes[at + 1 + slot]:
                if self.codes[at + 1 + slot] == packed:
                    return True
                slot = (slot + 1) & mask
            return False
        if kind == NUMERIC:
            if not any_ & IS_NO_DIGIT:
                return self.fields[field + 2] <= length <= self.fields[field + 3]
            return False
        if kind == DECIMAL:
            length = self._decimal(start, end)
            return length >= 0 and self.fields[field + 2] <= length <= self.fields[field + 3]
        if kind == FORMATTED:
            if length < self.fields[field + 2] or length > self.fields[field + 3]:
                return False
            if self.text[end - 1] == c" ":
                return False
            packed = self._pack(before, before_end)
            if packed == _D8:
                return length == 8 and not any_ & IS_NO_DIGIT and self._is_date(start, 8)
            if packed == _RD8:
                return length == 17 and self._is_range(start)
            return packed != _D6 and packed != _DT and packed != _TM
        if length < self.fields[field + 2] or length > self.fields[field + 3]:
            return False
        if any_ & IS_NO_DIGIT:
            return False
        if kind == DATE:
            return (length == 8 or length == 6) and self._is_date(start, length)
        if kind == TIME:
            if length != 4 and length != 6 and length != 7 and length != 8:
                return False
            return (
                self._two(start) <= 23 and self._two(start + 2) <= 59
                and (length == 4 or self._two(start + 4) <= 59)
            )
        if kind == DIGITS:
            return length >= self.fields[field + 5]
        return False

    cdef int _decimal(self, int at, int end) except -2 nogil:
        """How many digits a decimal number has, -1 where it is none."""
        cdef int digits = 0
        cdef bint point = False
        if self.text[at] == c"-":
            at += 1
        while at < end:
            if self.text[at] == c"." and not point:
                point = True
                if at + 1 == end:
                    return -1
            elif c"0" <= self.text[at] <= c"9":
                digits += 1
            else:
                return -1
            at += 1
        return digits if digits else -1

    cdef int _two(self, int at) except -1 nogil:
        return 10 * (self.text[at] - c"0") + self.text[at + 1] - c"0"

    cdef int _is_range(self, int at) except -1 nogil:
        """CCYYMMDD-CCYYMMDD, both days that exist and the last not before the first."""
        cdef int i
        if self.text[at + 8] != c"-":
            return False
        for i in range(17):
            if i != 8 and not c"0" <= self.text[at + i] <= c"9":
                return False
        if not (self._is_date(at, 8) and self._is_date(at + 9, 8)):
            return False
        for i in range(8):
            if self.text[at + i] != self.text[at + 9 + i]:
                return self.text[at + i] < self.text[at + 9 + i]
        return True

    cdef int _is_date(self, int at, int length) except -1 nogil:
        """Whether digits name a day that exists, 1800 at the earliest."""
        cdef int year, month, day, last
        if length == 8:
            year = 100 * self._two(at) + self._two(at + 2)
            at += 4
        else:
            year = self._two(at)
            year += 2000 if year < 50 else 1900
            at += 2
        month = self._two(at)
        day = self._two(at + 2)
        if year < 1800 or month < 1 or month > 12 or day < 1:
            return False
        if month == 2:
            last = 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
        elif month == 4 or month == 6 or month == 9 or month == 11:
            last = 30
        else:
            last = 31
        return day <= last


cdef enum:  # what a survey knows to be open, outermost first
    OPEN_INTERCHANGE = 0
    OPEN_GROUP = 1
    OPEN_SET = 2
    OPEN_BILLING = 3
    OPEN_SUBSCRIBER = 4
    OPEN_PATIENT = 5
    OPEN_LAST = 6
    OPENS = 7
    NOTHING = -1

cdef enum:  # what it counts, and the columns of a mark
    COUNT_SUBSCRIBER_CLAIMS = 5
    COUNT_PATIENT_CLAIMS = 7
    COUNTS = 8
    HEAD = 4
    MARK = 7
    MARK_END = 1


cdef class Survey:
    """Reads a file's tags to find places at which it can be cut: see `survey.Survey`."""

    cdef unsigned char terminator, separator
    cdef unsigned char[::1] padding, breaks, head
    cdef readonly long long position
    cdef long long line, line_start, segments, levels, claims
    cdef bint in_set
    cdef int last
    cdef long long[::1] marks, counts

    def __cinit__(self, int terminator, int separator, bytes padding, bytes breaks):
        self.terminator = <unsigned char>terminator
        self.separator = <unsigned char>separator
        self.padding = bytearray(byte in padding for byte in range(256))
        self.breaks = bytearray(byte in breaks for byte in range(256))
        self.head = bytearray(HEAD)
        self.line = 1
        self.last = NOTHING
        self.marks = _longs(OPENS * MARK)
        self.counts = _longs(COUNTS)
        for i in range(OPENS):
            self._forget(i)

    def find(self, bytes data, long long base, long long wanted):
        """As `survey.Survey.find`; the cut as place, whether in a set, marks, and counts."""
        cdef const unsigned char[::1] view = data
        cdef bint found
        if not data:
            return None
        with nogil:
            found = self._find(view, base, wanted)
        if not found:
            return None
        self._close(self.position)
        place = (
            self.position, self.line, self.line_start, self.segments, self.levels, self.claims
        )
        marks = [tuple(self.marks[i * MARK : i * MARK + MARK]) for i in range(OPENS)]
        return place, self.in_set, marks, tuple(self.counts)

    cdef int _find(
        self, const unsigned char[::1] data, long long base, long long wanted
    ) except -1 nogil:
        cdef size_t size = <size_t>data.shape[0]
        cdef size_t at = <size_t>(self.position - base)
        cdef size_t start, end, i
        cdef const void *found
        cdef unsigned char a, b
        cdef int n
        while at < size:
            found = memchr(&data[at], self.terminator, size - at)
            if found == NULL:
                return False
            end = <size_t>(<const unsigned char *>found - &data[0])
            start = at
            while start < end and self.padding[data[start]]:
                start += 1
            n = 0
            i = start
            while i < end and n < HEAD:
                if not self.breaks[data[i]]:
                    self.head[n] = data[i]
                    n += 1
                i += 1
            a = self.head[0]
            b = self.head[1]
            if n >= 3 and self.head[2] == self.separator:
                if a == c"H" and b == c"L":
                    if self.position >= wanted and self.in_set and self.last != NOTHING:
                        return True
                    self._level(data, start, end, base + end + 1)
                elif a == c"S" and b == c"T":
                    if self.position >= wanted and not self.in_set and self.counts[OPEN_SET]:
                        return True
                    self.segments = self.levels = self.claims = 0
                    self._begin(OPEN_SET, OPEN_SET, base + end + 1)
                    self.in_set = True
                elif a == c"S" and b == c"E":
                    self._close(self.position)
                    self.in_set = False
                    self.last = NOTHING
                elif a == c"G" and b == c"S":
                    self._begin(OPEN_GROUP, OPEN_GROUP, base + end + 1)
                    self.in_set = False
            elif n == HEAD and self.head[3] == self.separator:
                if a == c"C" and b == c"L" and self.head[2] == c"M" and self.in_set:
                    if self.position >= wanted and self.last != NOTHING:
                        return True
                    self._begin(OPEN_LAST, NOTHING, base + end + 1)
                    if self.marks[OPEN_PATIENT * MARK] >= 0:
                        self.counts[COUNT_PATIENT_CLAIMS] += 1
                    else:
                        self.counts[COUNT_SUBSCRIBER_CLAIMS] += 1
                    self.claims += 1
                elif a == c"I" and b == c"S" and self.head[2] == c"A":
                    self._begin(OPEN_INTERCHANGE, OPEN_INTERCHANGE, base + end + 1)
                    self.in_set = False
            self.segments += 1
            i = at
            while i <= end:
                found = memchr(&data[i], c"\n", end + 1 - i)
                if found == NULL:
                    break
                i = <size_t>(<const unsigned char *>found - &data[0]) + 1
                self.line += 1
                self.line_start = base + i
            at = end + 1
            self.position = base + at
        return False

    cdef int _level(
        self, const unsigned char[::1] data, size_t start, size_t end, long long stop
    ) except -1 nogil:
        """An HL in a set: which level it begins stands in its third element."""
        cdef int separators = 0, n = 0
        cdef unsigned char byte
        if not self.in_set:
            return 0
        while start < end and separators < 4:
            byte = data[start]
            if byte == self.separator:
                separators += 1
            elif separators == 3 and not self.breaks[byte]:
                if n < HEAD:
                    self.head[n] = byte
                n += 1
            start += 1
        byte = self.head[1]
        if n == 2 and self.head[0] == c"2" and byte == c"0":
            self._begin(OPEN_BILLING, 3, stop)
        elif n == 2 and self.head[0] == c"2" and byte == c"2":
            self._begin(OPEN_SUBSCRIBER, 4, stop)
        elif n == 2 and self.head[0] == c"2" and byte == c"3":
            self._begin(OPEN_PATIENT, 6, stop)
        else:
            self._close(self.position)
            self.last = NOTHING
        self.levels += 1
        return 0

    cdef int _begin(self, int what, int count, long long stop) except -1 nogil:
        cdef int i
        self._close(self.position)
        for i in range(what, OPENS):
            self._forget(i)
        if count != NOTHING:
            self.counts[count] += 1
            for i in range(count + 1, COUNTS):
                self.counts[i] = 0
        i = what * MARK
        self.marks[i] = self.position
        self.marks[i + 1] = stop
        self.marks[i + 2] = self.line
        self.marks[i + 3] = self.line_start
        self.marks[i + 4] = self.segments
        self.marks[i + 5] = self.levels
        self.marks[i + 6] = self.claims
        self.last = what
        return 0

    cdef int _forget(self, int what) except -1 nogil:
        cdef int i
        self.marks[what * MARK] = self.marks[what * MARK + 1] = -1
        for i in range(2, MARK):
            self.marks[what * MARK + i] = 0
        return 0

    cdef int _close(self, long long at) except -1 nogil:
        if self.last > OPEN_GROUP:
            self.marks[self.last * MARK + MARK_END] = at
        return 0


cdef object _ints(Py_ssize_t size):
    return _zeros(4 * size, "i")


cdef object _longs(Py_ssize_t size):
    return _zeros(8 * size, "q")


cdef object _words(Py_ssize_t size):
    return _zeros(8 * size, "Q")


cdef object _zeros(Py_ssize_t size, str format_):
    """Memory of so many bytes; what of it is never written to is never allocated.

    It is this process's own: by itself mmap would share it with processes that are forked.
    """
    return memoryview(mmap.mmap(-1, size, **_OWN)).cast(format_)


cdef int _copy(bytes text, unsigned char[::1] place) except -1:
    for i, byte in enumerate(text):
        place[i] = byte
    return <int>len(text)


cdef unsigned long long _hashed(const unsigned char[::1] key, int length) except? 0 nogil:
    """A number for a text, never 0."""
    cdef unsigned long long hashed = 0xCBF29CE484222325ULL
    cdef int i
    for i in range(length):
        hashed = (hashed ^ key[i]) * 0x100000001B3ULL
    hashed ^= hashed >> 29
    return hashed | 1


def repeated(keys):
    """Keys that stand more than once in an array of them."""
    cdef const unsigned long long[::1] given = keys
    cdef size_t count = <size_t>given.shape[0], size = 2, i, slot
    while size < 2 * count:
        size *= 2
    table = array("Q", bytes(8 * size))
    cdef unsigned long long[::1] seen = table
    found = []
    for i in range(count):
        slot = <size_t>(_mixed(given[i], 1) & (size - 1))
        while seen[slot] and seen[slot] != given[i]:
            slot = (slot + 1) & (size - 1)
        if seen[slot]:
            found.append(given[i])
        seen[slot] = given[i]
    return found


def divided(keys):
    """The keys of an array in 64 arrays, by their first six bits."""
    cdef const unsigned long long[::1] given = keys
    cdef size_t count = <size_t>given.shape[0], i
    cdef int ends[64]
    cdef int part
    for part in range(64):
        ends[part] = 0
    for i in range(count):
        ends[given[i] >> 58] += 1
    parts = [None] * 64
    sorted_ = array("Q", bytes(8 * count))
    cdef unsigned long long[::1] out = sorted_
    cdef int at = 0, size
    for part in range(64):
        size = ends[part]
        ends[part] = at
        at += size
    for i in range(count):
        part = <int>(given[i] >> 58)
        out[<size_t>ends[part]] = given[i]
        ends[part] += 1
    at = 0
    for part in range(64):
        parts[part] = sorted_[at : ends[part]]
        at = ends[part]
    return parts


def key_hash(bytes key):
    """The number by which a key comes out of a kernel."""
    return _hashed(key, <int>len(key))


cdef bint _is_within(int place, int level) noexcept nogil:
    """Whether a part at that place is at or below a level that begins."""
    if level == HEADER:
        return True
    if level == CLAIM:
        return place >= IN_CLAIM
    if level == TRAILER:
        return False
    return place >= level - BILLING + IN_BILLING


cdef unsigned int _pack_tag(bytes tag) except? 0:
    cdef unsigned int key = 0
    if len(tag) > 3:
        raise ValueError("a tag has three characters at most")
    for i, byte in enumerate(tag):
        key |= <unsigned int>byte << (8 * i)
    return key


cdef unsigned long long _follower(unsigned int tag, unsigned int qualifier) noexcept nogil:
    return tag | <unsigned long long>qualifier << 32


cdef int _word(
    const unsigned char[::1] data, const unsigned char[::1] classes, size_t at, size_t size
) noexcept nogil:
    """The length of the element at an index; 0 where it is empty or longer than three bytes, where
    a line break is in it, or where the data ends in it.
    """
    cdef int n = 0
    while at < size and n <= 3:
        if classes[data[at]] & (IS_TERMINATOR | IS_SEPARATOR):
            return n
        if classes[data[at]] & IS_BREAK:
            return 0
        at += 1
        n += 1
    return 0


cdef unsigned int _letters(const unsigned char[::1] data, size_t at, int length) noexcept nogil:
    """Up to three bytes as `_pack_tag` packs them."""
    cdef unsigned int key = 0
    cdef int i
    for i in range(length):
        key |= <unsigned int>data[at + <size_t>i] << (8 * i)
    return key


cdef int _tag_slot(unsigned int key) noexcept nogil:
    return <int>((key * 2654435761U) >> 24)


cdef unsigned long long _packed(bytes value) except? 0:
    """As `Kernel._pack`: up to seven bytes and how many they are."""
    cdef unsigned long long packed = 0
    if len(value) > PACKED:
        raise ValueError("at most seven bytes can be packed")
    for i, byte in enumerate(value):
        packed |= <unsigned long long>byte << (8 * i)
    return packed | <unsigned long long>(len(value) + 1) << 56


cdef bytes _unpacked(unsigned long long packed):
    length = (packed >> 56) - 1
    return bytes((packed >> (8 * i)) & 255 for i in range(length))


cdef unsigned long long _rest(int node, unsigned int tag, unsigned long long second) noexcept nogil:
    """Node, tag, and a second qualifier of three bytes at most; never 0."""
    return (
        (second & 0xFFFFFF)
        | (second >> 56 & 7) << 24
        | <unsigned long long>(tag & 0xFFFFFF) << 27
        | <unsigned long long>(node + 1) << 51
    )


cdef unsigned long long _mixed(unsigned long long a, unsigned long long b) noexcept nogil:
    cdef unsigned long long mixed = (a ^ (b * 0x9E3779B97F4A7C15ULL))
    mixed *= 0xBF58476D1CE4E5B9ULL
    return mixed ^ (mixed >> 31)


cdef bint _noted(
    int kind, unsigned long long first, unsigned long long rest, unsigned long long present
) noexcept nogil:
    """Whether a syntax note is kept; masks have a bit for each position."""
    cdef unsigned long long every = first | rest
    cdef unsigned long long there = present & every
    if kind == NOTE_P:
        return there == 0 or there == every
    if kind == NOTE_R:
        return there != 0
    if kind == NOTE_E:
        return there & (there - 1) == 0
    if not present & first:
        return True
    if kind == NOTE_C:
        return present & rest == rest
    return present & rest != 0


cdef inline bint _is_capital(unsigned char byte) noexcept nogil:
    return c"A" <= byte <= c"Z"


cdef inline bint _is_plain(unsigned char byte) noexcept nogil:
    """Whether it is a letter of ASCII or a digit."""
    return c"a" <= (byte | 32) <= c"z" or c"0" <= byte <= c"9"


cdef int _holds_isa(
    const unsigned char[::1] data, size_t start, size_t end
) except -1 nogil:
    while start + 3 <= end:
        if data[start] == c"I" and data[start + 1] == c"S" and data[start + 2] == c"A":
            return True
        start += 1
    return False


cdef unsigned int _NM1 = _pack_tag(b"NM1")
cdef unsigned int _PRV = _pack_tag(b"PRV")
cdef unsigned int _CLM = _pack_tag(b"CLM")
cdef unsigned int _HL = _pack_tag(b"HL")
cdef unsigned int _LX = _pack_tag(b"LX")
cdef unsigned int _SE = _pack_tag(b"SE")
cdef unsigned int _ST = _pack_tag(b"ST")
cdef unsigned int _GE = _pack_tag(b"GE")
cdef unsigned int _GS = _pack_tag(b"GS")
cdef unsigned int _IEA = _pack_tag(b"IEA")
cdef unsigned int _ISA = _pack_tag(b"ISA")
cdef unsigned int _TA1 = _pack_tag(b"TA1")
cdef unsigned long long _D8 = _packed(b"D8")
cdef unsigned long long _RD8 = _packed(b"RD8")
cdef unsigned long long _D6 = _packed(b"D6")
cdef unsigned long long _DT = _packed(b"DT")
cdef unsigned long long _TM = _packed(b"TM")
