"""Messages that are wrong: by chance (fuzz), and each in one known way (malformed).

**References:**

- FDA (2025), Cybersecurity in Medical Devices: Quality Management System Considerations and Content of Premarket
  Submissions, V.C (abuse and misuse cases, malformed and unexpected inputs, robustness, fuzz testing)
"""

from collections.abc import Mapping

from twinbed.bench.draws import placed_uniforms
from twinbed.bench.security.codec import Codec, Message

_LONG = 1 << 18


def fuzzed(valid: bytes, codec: Codec, seed: int, number: int) -> bytes:
    """A valid message after one to eight random changes: bits turned, bytes put in, taken out, doubled, delimiters."""
    out, u = bytearray(valid), placed_uniforms(64, seed, "fuzz", number).tolist()
    for k in range(1 + int(8 * u[0])):
        kind, place, what = u[1 + 3 * k : 4 + 3 * k]
        at = int(place * max(1, len(out)))
        byte = int(256 * what)
        match int(6 * kind):
            case 0 if out:
                out[min(at, len(out) - 1)] ^= 1 << byte % 8
            case 1:
                out[at:at] = bytes([byte])
            case 2:
                del out[at : at + 1 + byte % 16]
            case 3:
                out[at:at] = out[at : at + 1 + byte % 32]
            case 4:
                out[at:at] = bytes([codec.delimiters[byte % len(codec.delimiters)]])
            case _:
                out = out[: max(1, at)]
    return bytes(out)


def malformed(message: Message, codec: Codec) -> Mapping[str, bytes]:
    """Messages that are each wrong in one way, by its name; none of them may be accepted."""
    valid = codec.encode(message)
    value = f"{message.value:g}".encode()
    json_value = str(message.value).encode()
    value = json_value if json_value in valid else value
    swap = lambda new: valid.replace(value, new)
    return {
        "empty": valid[:1] + valid[-2:] if valid[:1] == b"\x0b" else b"\n",
        "cut in half": valid[: len(valid) // 2] + (b"\x1c\r" if valid[-2:] == b"\x1c\r" else b"\n"),
        "not text": bytes([valid[0]]) + b"\xff\xfe\x80" * 20 + valid[-2:],
        "null bytes": valid[:10] + b"\x00" * 40 + valid[10:],
        "negative value": swap(b"-5"),
        "value far out": swap(b"1e308"),
        "value no number": swap(b"NaN"),
        "value infinite": swap(b"Infinity"),
        "value a text": swap(b'"DROP TABLE"'),
        "value empty": swap(b""),
        "very long number": swap(b"9" * 4000),
        "very long message": swap(b"1" * _LONG),
        "deep nesting": valid[:1] + b"[" * 20_000 + valid[-2:],
        "no number": valid.replace(message.number.encode(), b""),
    }
