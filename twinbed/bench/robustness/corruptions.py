"""What happens to a signal on its way to a device, one function each.

A signal is an array of samples, or of leads and samples; what is lost is NaN unless a value is given. Each draw
comes from a seed. Signal-to-noise ratios are of powers: the variance of the signal over the variance of the noise as
it was added, so that the ratio is met exactly and not on average. (The noise stress test of Moody, Muldrow & Mark
1984 counts the signal by the size of its QRS complexes instead: give `signal_power` for that.)

**References:**

- Moody, Muldrow & Mark (1984), A noise stress test for arrhythmia detectors, Comput Cardiol 11:381
"""

import math
from typing import Literal

import numpy as np
from jaxtyping import Float

from twinbed.bench.draws import placed_normals, placed_uniforms
from twinbed.core.errors import StudyError

Signal = Float[np.ndarray, "..."]
Kind = Literal["white", "baseline wander", "powerline"]
_WANDER_HZ = (0.05, 0.5)
"""Breathing and electrodes that move: slower than any heart."""
_WANDERS, _HARMONICS = 12, (1.0, 0.0, 0.2, 0.0, 0.05)


def noise_of(kind: Kind, n: int, sampling_hz: float, seed: int, *, mains_hz: float = 50.0) -> Float[np.ndarray, " n"]:
    """Noise of variance about 1.

    Args:
        kind: "white"; "baseline wander", a sum of slow sinusoids; "powerline", the mains and its odd harmonics below
            half the sampling frequency.
        n: samples.
        sampling_hz: of the signal.
        seed: of the draws.
        mains_hz: 50 or 60.

    Raises:
        StudyError: mains that the sampling cannot hold.
    """
    if kind == "white":
        return placed_normals(n, seed, "white")
    time = np.arange(n) / sampling_hz
    if kind == "baseline wander":
        phase, place = (placed_uniforms(_WANDERS, seed, "wander", name) for name in ("phase", "frequency"))
        low, high = _WANDER_HZ
        wave = np.sin(2.0 * np.pi * (np.outer(low + (high - low) * place, time) + phase[:, None]))
        return wave.sum(axis=0) * math.sqrt(2.0 / _WANDERS)
    if mains_hz >= sampling_hz / 2.0:
        raise StudyError(f"mains of {mains_hz:g} Hz in a signal sampled at {sampling_hz:g} Hz: sample at least twice")
    phase = placed_uniforms(len(_HARMONICS), seed, "mains")
    wave = np.zeros(n)
    for k, size in enumerate(_HARMONICS):
        if size and (k + 1) * mains_hz < sampling_hz / 2.0:
            wave += size * np.sin(2.0 * np.pi * ((k + 1) * mains_hz * time + phase[k]))
    return wave * math.sqrt(2.0)


def add_noise(signal: Signal, noise: Signal, snr_db: float, *, signal_power: float | None = None) -> Signal:
    """The signal with noise at a signal-to-noise ratio; each lead has its own level.

    Args:
        signal: samples, or leads and samples.
        noise: synthetic or recorded; one for all leads or one a lead, at least as long as the signal. It is cut.
        snr_db: ten times the logarithm of the ratio of powers.
        signal_power: of the signal, in its unit squared; its variance if left out.

    Raises:
        StudyError: noise that is too short or silent.
    """
    n = signal.shape[-1]
    if noise.shape[-1] < n:
        raise StudyError(f"{noise.shape[-1]} samples of noise for {n} of the signal: give a longer recording of noise")
    own = noise[..., :n] - noise[..., :n].mean(axis=-1, keepdims=True)
    own_power = own.var(axis=-1, keepdims=True)
    if not (own_power > 0.0).all():
        raise StudyError("the noise is silent: there is no level that gives it a signal-to-noise ratio")
    power = np.nanvar(signal, axis=-1, keepdims=True) if signal_power is None else signal_power
    return signal + own * np.sqrt(power / (own_power * 10.0 ** (snr_db / 10.0)))


def drop_out(signal: Signal, share: float, gap: int, seed: int, *, fill: float = math.nan) -> Signal:
    """The signal with gaps that together are a share of it, all leads at once.

    Args:
        signal: samples, or leads and samples.
        share: lost, 0 to 1; met to the sample.
        gap: samples of a gap; the last one may be shorter.
        seed: of where they are.
        fill: what the device receives instead.
    """
    n = signal.shape[-1]
    lost = round(_share(share) * n)
    sizes = [gap] * (lost // gap) + ([lost % gap] if lost % gap else [])
    # the places of gaps among what is kept, each as likely as any other
    cuts = np.sort((placed_uniforms(len(sizes), seed, "dropout") * (n - lost + 1)).astype(int))
    out, before = np.array(signal, float), 0
    for size, cut in zip(sizes, cuts, strict=True):
        out[..., cut + before : cut + before + size] = fill
        before += size
    return out


def lose_packets(
    signal: Signal, share: float, packet: int, seed: int, *, then: Literal["gap", "hold", "close up"] = "gap"
) -> Signal:
    """The signal without some of its packets, each lost with equal chance; a share of all, rounded, is lost.

    Args:
        signal: samples, or leads and samples.
        share: of packets, 0 to 1.
        packet: samples of a packet.
        seed: of which are lost.
        then: what the receiver does: NaN in the "gap", the last value on "hold", or it does not notice and the rest
            "closes up", so that the signal is shorter.
    """
    n = signal.shape[-1]
    packets = -(-n // packet)
    order = np.argsort(placed_uniforms(packets, seed, "packets"), kind="stable")
    gone = np.zeros(packets, bool)
    gone[order[: round(_share(share) * packets)]] = True
    lost = np.repeat(gone, packet)[:n]
    if then == "close up":
        return np.array(signal[..., ~lost], float)
    out = np.array(signal, float)
    out[..., lost] = math.nan
    if then == "gap":
        return out
    last = np.maximum.accumulate(np.where(lost, -1, np.arange(n)))
    return np.where(last >= 0, np.take(out, np.maximum(last, 0), axis=-1), 0.0)


def swap_leads(signal: Signal, order: tuple[int, ...], *, inverted: tuple[int, ...] = ()) -> Signal:
    """The leads in another order, some of them upside down: electrodes on the wrong limbs.

    Args:
        signal: leads and samples.
        order: the lead that comes out at each place.
        inverted: places whose sign turns.

    Raises:
        StudyError: an order that is none of these leads.
    """
    if signal.ndim != 2 or sorted(order) != list(range(len(signal))):
        raise StudyError(f"the order {order} is none of {len(signal)} leads: name each lead from 0 once")
    out = np.array(signal[list(order)], float)
    out[list(inverted)] *= -1.0
    return out


def resampled(signal: Signal, from_hz: float, to_hz: float) -> Signal:
    """The signal at another sampling frequency, linearly between samples, without a filter against aliases.

    As a device does that takes the nearest it has: what a laboratory wants to know is what that costs.
    """
    return _at(signal, np.arange(math.floor((signal.shape[-1] - 1) * to_hz / from_hz + 1e-9) + 1) * (from_hz / to_hz))


def clock_drift(signal: Signal, drift_ppm: float) -> Signal:
    """The signal as sampled by a clock that runs fast (or, below zero, slow) by so many parts in a million."""
    step = 1.0 / (1.0 + 1e-6 * drift_ppm)
    return _at(signal, np.arange(math.floor((signal.shape[-1] - 1) / step + 1e-9) + 1) * step)


def quantised(signal: Signal, bits: int, low: float, high: float) -> Signal:
    """The signal as a converter of so many bits gives it between two ends, where it clips."""
    if bits < 1 or not low < high:
        raise StudyError(f"{bits} bits from {low:g} to {high:g}: give a bit or more and ends in order")
    step = (high - low) / (2.0**bits - 1.0)
    return low + step * np.round((np.clip(signal, low, high) - low) / step)


def _at(signal: Signal, place: Float[np.ndarray, " new"]) -> Signal:
    """The signal at places between its samples."""
    below = np.minimum(place.astype(int), signal.shape[-1] - 2)
    part = place - below
    return signal[..., below] * (1.0 - part) + signal[..., below + 1] * part


def _share(share: float) -> float:
    if not 0.0 <= share <= 1.0:
        raise StudyError(f"a share of {share:g}: give 0 to 1")
    return share
