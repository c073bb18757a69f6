"""What is sent to a port, in which order, and which of it a sound device must take or refuse."""

import dataclasses
import datetime

from twinbed.bench.draws import placed_uniforms
from twinbed.bench.security.codec import Codec, Message
from twinbed.bench.security.mutate import fuzzed, malformed
from twinbed.core.errors import NotFound

SCENARIOS = ("valid", "malformed", "fuzz", "replay", "time skew", "flood", "idle connections")
_SKEWS_S = (-86_400.0, -3_600.0, 3_600.0, 86_400.0, -1.6e9, 2.2e9)
_FLOOD, _IDLE, _VALID, _FUZZED = 400, 40, 8, 80
MOST_ALONE = _FUZZED
"""Most messages of a scenario that are sent one after another, each on a connection of its own."""


@dataclasses.dataclass(frozen=True)
class Sent:
    """One frame, and whether a device must accept it; None where either may be right.

    Attributes:
        name: what is special about it.
        frame: bytes on the wire; none for a connection that stays idle.
        must: be accepted.
    """

    name: str
    frame: bytes
    must: bool | None


def frames(scenario: str, codec: Codec, seed: int, now: datetime.datetime) -> list[Sent]:
    """What a scenario sends; all but the clock is the same for the same seed.

    Raises:
        NotFound: no such scenario.
    """
    fresh = lambda k: valid(codec, f"{scenario}-{k}", seed, now)
    match scenario:
        case "valid":
            return [Sent("valid", codec.encode(fresh(k)), True) for k in range(_VALID)]
        case "malformed":
            return [Sent(name, frame, False) for name, frame in malformed(fresh(0), codec).items()]
        case "fuzz":
            return [Sent("fuzz", fuzzed(codec.encode(fresh(k)), codec, seed, k), None) for k in range(_FUZZED)]
        case "replay":
            once = [codec.encode(fresh(k)) for k in range(3)]
            return [Sent("first", frame, True) for frame in once] + [Sent("again", frame, False) for frame in once]
        case "time skew":
            return [_skewed(codec, k, skew, seed, now) for k, skew in enumerate((0.0, *_SKEWS_S))]
        case "flood":
            return [Sent("flood", codec.encode(fresh(k)), None) for k in range(_FLOOD)]
        case "idle connections":
            return [Sent("idle", b"", None)] * _IDLE
    raise NotFound(f"no scenario {scenario!r}; there are {', '.join(SCENARIOS)}")


def valid(codec: Codec, name: str, seed: int, now: datetime.datetime) -> Message:
    """A valid message whose number is of the seed and its name."""
    number = int(placed_uniforms(1, seed, "number", name)[0] * 1e12)
    return Message(f"{number:012d}", now, 12.375)


def _skewed(codec: Codec, k: int, skew_s: float, seed: int, now: datetime.datetime) -> Sent:
    moved = valid(codec, f"skew-{k}", seed, now + datetime.timedelta(seconds=skew_s))
    return Sent(f"{skew_s:+.0f} s", codec.encode(moved), skew_s == 0.0)
