"""Drives an input through the engine, the judge and the words: a stream in, findings out."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from edi_lint.claims import Claim
from edi_lint.engine import Block, BlockKind, Engine, FaultCode, engine_class, open_engine
from edi_lint.files.rereadable import rereadable
from edi_lint.files.sources import Source, name_of, opened
from edi_lint.findings import Finding
from edi_lint.findings.file_result import FileResult
from edi_lint.findings.report import Report
from edi_lint.rules.calls import Found
from edi_lint.rules.losses import Losses
from edi_lint.rules.sharing import ClaimComparison
from edi_lint.run import unchecked
from edi_lint.run.claim_hashes import Keys
from edi_lint.run.judge import BlockJudge, is_whole_claim
from edi_lint.run.locating import locate_in_encoding
from edi_lint.run.one_fault import Structural, merge
from edi_lint.run.words import Words
from edi_lint.settings import Settings, rule_codes
from edi_lint.x12 import NotX12Error
from edi_lint.x12.encoding import SingleBytes, single_bytes

if TYPE_CHECKING:
    from edi_lint.settings.suppressions import Suppressor


class Linter:
    """Lints inputs one after the other; what was learnt about values serves the next one too.

    Raises PackError for a pack or profile in the settings that cannot be used, SettingsError for a
    choice of rules that do not exist.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        rule_codes((*self.settings.select, *self.settings.ignore), self.settings.catalogue())
        self.judge = BlockJudge(self.settings)
        self.words = Words(self.settings)
        self._suppressor = suppressor_of(self.settings)
        self._pool = self.judge.make_pool()

    def check(self, source: Source, path: str = "") -> Report:
        """Lint one input: a path, its bytes, or a binary stream.

        What could not be checked of it is among the findings (ENV011): an input that cannot be
        read, is not X12 or has no 837P, and each kind of set that was skipped. `file.error` says
        why an input could not be read.
        """
        name = path or name_of(source)
        try:
            report = self.lint(source, name)
        except NotX12Error as problem:
            report = Report(FileResult(name, error=str(problem)))
        except OSError as problem:
            report = Report(FileResult(name, error=problem.strerror or type(problem).__name__))
        report.findings.extend(unchecked.findings(report.file))
        return report

    def lint(self, source: Source, path: str = "") -> Report:
        """The same, without a finding on what could not be checked.

        Raises NotX12Error for an input that is not X12, OSError for one that cannot be read.
        """
        report = Report(FileResult(path or name_of(source)))
        with opened(source) as stream:
            self._lint(single_bytes(stream), report)
        return report

    def _lint(self, stream: BinaryIO, report: Report) -> None:
        encoding = stream.encoding if isinstance(stream, SingleBytes) else None
        for _, found in self.judged_blocks(stream, report.file):
            if encoding is not None:
                found = [locate_in_encoding(f, encoding) for f in found]
            report.findings.extend(found)
        if encoding is not None:
            report.file.bytes = encoding.original(report.file.bytes)

    def judged_blocks(
        self, stream: BinaryIO, result: FileResult
    ) -> Iterator[tuple[Block, list[Finding]]]:
        """The blocks with findings, and some more, each with its findings.

        They come in file order, then once more those with claims that have to be compared, for
        which the stream is read again. Blocks that were passed over are only counted in `result`,
        which is complete at the end. Raises NotX12Error for an input without any interchange.
        """
        again = rereadable(stream) if self.judge.sharing.shares else stream
        keys = Keys()
        yield from self.read(self.open_engine(again), result, keys)
        yield from self.compare(again, keys, result)

    def blocks(self, stream: BinaryIO, result: FileResult) -> Iterator[tuple[Block, list[Finding]]]:
        """Every block of an input with what was found in it, counted in `result` as it goes.

        Claims are compared with each other where the input can be read twice. Raises NotX12Error
        for an input whose first ISA is damaged or missing.
        """
        comparison = None
        if self.judge.sharing.shares and stream.seekable():
            keys = Keys()
            for _ in self.read(self.open_engine(stream), FileResult(result.path), keys):
                pass
            stream.seek(0)
            comparison = ClaimComparison(
                self.judge.sharing, keys.repeated(), engine_class().key_hash
            )
        for block, findings in self.run_blocks(open_engine(stream), result):
            if comparison is not None and comparison.repeated:
                findings += self._compare(block, comparison, result)
                findings.sort(key=lambda f: (f.location.byte_start, f.code))
            yield block, findings

    def open_engine(self, stream: BinaryIO) -> Engine:
        """An engine that brings out the blocks of which rules may speak."""
        return open_engine(stream, self._pool, lenient=True)

    def read(
        self,
        engine: Engine,
        result: FileResult,
        keys: Keys | array[int],
        losses: Losses | None = None,
    ) -> Iterator[tuple[Block, list[Finding]]]:
        """Every block that comes out of an engine with what is found in it; adds to `keys` what
        the claims may share.
        """
        for block, found in self.run_blocks(engine, result, losses):
            yield block, found
            if block.alarms is None and self.judge.sharing.shares:
                self._add_keys(block, engine)
            if engine.keys:
                keys.extend(engine.keys)
                del engine.keys[:]
        keys.extend(engine.keys)
        result.unjudged |= self.judge.unjudged
        result.transactions += engine.silent_sets
        result.claims += engine.silent_claims
        result.service_lines += engine.silent_lines
        result.matched_lines += engine.silent_matches

    def _add_keys(self, block: Block, engine: Engine) -> None:
        """Add to the engine's keys those of a claim that was not read ahead."""
        if is_whole_claim(block):
            hash_ = engine.key_hash
            engine.keys.extend(hash_(held.key) for held in self.judge.sharing.held(Claim(block)))

    def compare(
        self, stream: BinaryIO, keys: Keys, result: FileResult
    ) -> Iterator[tuple[Block, list[Finding]]]:
        """Claims of an input that share what they should not with earlier ones, each with its
        findings; `keys` are those of all of its claims.
        """
        repeated = keys.repeated()
        if not repeated:
            return
        stream.seek(0)
        engine = open_engine(stream, self.judge.make_comparing_pool(repeated), lenient=True)
        comparison = ClaimComparison(self.judge.sharing, repeated, engine.key_hash)
        for block in engine.blocks():
            yield block, self._compare(block, comparison, result)

    def _compare(
        self, block: Block, comparison: ClaimComparison, result: FileResult
    ) -> list[Finding]:
        found = self._word(self.judge.compared(block, comparison), block, result)
        return self._drop_suppressed(found, block, result)

    def run_blocks(
        self, engine: Engine, result: FileResult, losses: Losses | None = None
    ) -> Iterator[tuple[Block, list[Finding]]]:
        """Every block that comes out of an engine with what is found in it, counted in `result`."""
        losses = losses or Losses(engine.context)
        try:
            for block in engine.blocks():
                result.count(block, self.words.beginning)
                losses.see(block)
                yield block, self._judge(block, result, losses)
        finally:
            result.bytes = engine.reader.bytes_read

    def _judge(self, block: Block, result: FileResult, losses: Losses) -> list[Finding]:
        """The findings of one block."""
        claim = Claim(block) if block.kind is BlockKind.CLAIM else None
        structural: Structural = []
        for described, severity in self.judge.faults(block, claim, losses):
            fault = described.fault
            finding = self.words.of_fault(described, severity, block, result.path)
            losses.note(fault, finding)
            is_trailing = fault.code is FaultCode.TRAILING_SEPARATOR
            structural.append((finding, fault.segment if is_trailing else None))
        found = self._word(self.judge.hits(block, claim, result), block, result)
        if found or structural:
            return self._drop_suppressed(merge(found, structural), block, result)
        return found

    def _word(self, hits: Iterator[Found], block: Block, result: FileResult) -> list[Finding]:
        return [self.words.of_hit(*found, block, result.path) for found in hits]

    def _drop_suppressed(
        self, found: list[Finding], block: Block, result: FileResult
    ) -> list[Finding]:
        if found and self._suppressor:
            return self._suppressor.drop(found, block, result.path, result.suppressed)
        return found


def suppressor_of(settings: Settings) -> Suppressor | None:
    """What drops the findings that the settings suppress; None where they suppress none."""
    if not settings.suppressions:
        return None
    from edi_lint.settings.suppressions import Suppressor

    return Suppressor(settings)
