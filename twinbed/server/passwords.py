"""Passwords: Argon2id, two at a time, and as slow for names that do not exist."""

import threading
import unicodedata

import argon2

from twinbed.server.errors import Refused

SHORTEST, LONGEST = 10, 256
_DISTINCT = 5
"""Fewest different letters."""
_NAMED = 3
"""Letters of a name that tell something in a password."""


class Passwords:
    """Hashes and checks passwords; each takes some 64 MB for a moment, so two at a time.

    Args:
        cost: passes and kB of Argon2id; as RFC 9106 (second choice) recommends if not given.
    """

    def __init__(self, cost: tuple[int, int] | None = None):
        self._hasher = argon2.PasswordHasher() if cost is None else argon2.PasswordHasher(cost[0], cost[1], 1)
        self._turn = threading.BoundedSemaphore(2)
        self._nobodys = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """What is kept of a password."""
        with self._turn:
            return self._hasher.hash(_spelled(password))

    def fits(self, kept: str | None, password: str) -> bool:
        """Whether a password is the one; takes as long where nothing is kept."""
        with self._turn:
            try:
                return self._hasher.verify(kept or self._nobodys, _spelled(password)) and kept is not None
            except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
                return False

    def is_old(self, kept: str) -> bool:
        """Whether a password was hashed with other costs than today's."""
        return self._hasher.check_needs_rehash(kept)


def check_password(password: str, name: str) -> None:
    """Refuses what is guessed first. Length is what counts, not signs and digits.

    Raises:
        Refused: with what is wrong.
    """
    wrong = korean = ""
    if len(password) < SHORTEST:
        wrong, korean = "is too short", "너무 짧습니다"
    elif len(password) > LONGEST:
        wrong, korean = "is too long", "너무 깁니다"
    elif len(set(password)) < _DISTINCT or _tells(name, password):
        wrong, korean = "is easily guessed", "쉽게 짐작할 수 있습니다"
    if wrong:
        advice = f"Take {SHORTEST} to {LONGEST} letters without your name: some words that do not belong together."
        advice_ko = f"이름을 넣지 말고 {SHORTEST}~{LONGEST}자로, 서로 관계없는 낱말 몇 개를 이어 쓰십시오."
        raise Refused(
            422, "weak_password", f"This password {wrong}.", advice, korean=(f"이 비밀번호는 {korean}.", advice_ko)
        )


def _tells(name: str, password: str) -> bool:
    """Whether a name is in a password; one of a letter or two is in many."""
    own = _spelled(name).casefold()
    return len(own) >= _NAMED and own in _spelled(password).casefold()


def _spelled(text: str) -> str:
    """One spelling for letters that keyboards compose differently, such as those of Hangul."""
    return unicodedata.normalize("NFKC", text)
