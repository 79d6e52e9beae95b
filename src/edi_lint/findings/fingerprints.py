"""Names a claim or a finding without saying which: keyed fingerprints.

A fingerprint is the beginning of an HMAC-SHA256. Without the key nothing can be learnt from it.
Whoever holds the key can test guesses, and claim numbers are short: a file with key and
fingerprints is fit to be shared among those who may see the claims, not to be published.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re

_DIGITS = 16
"""Hexadecimal digits of a fingerprint, and of the key that stands with a claim's."""

CLAIM_FINGERPRINT = re.compile(f"[0-9a-f]{{{_DIGITS}}}:[0-9a-f]{{{_DIGITS}}}")
"""The fingerprint of a claim: a key of its own, a colon, and what the key makes of CLM01."""


def new_key() -> bytes:
    """A key for the fingerprints of one file, 32 random bytes."""
    return os.urandom(32)


def fingerprint(key: bytes, *parts: str) -> str:
    """16 hexadecimal digits that stand for the parts; other parts, other digits."""
    message = "".join(f"{len(part)}:{part}" for part in parts)
    return hmac.digest(key, message.encode(), "sha256").hex()[:_DIGITS]


def digest(data: bytes) -> str:
    """What stands for bytes while a run lasts. It has no key, and is not to be written anywhere."""
    return hashlib.sha256(data).hexdigest()


def claim_fingerprint(claim: str) -> str:
    """What stands for a claim number in settings that are shared; another one at each call."""
    key = os.urandom(_DIGITS // 2)
    return f"{key.hex()}:{fingerprint(key, claim)}"


def is_of_claim(made: str, claim: str) -> bool:
    """Whether `claim_fingerprint` has made this of the claim number."""
    key, _, digits = made.partition(":")
    return hmac.compare_digest(fingerprint(bytes.fromhex(key), claim), digits)
