"""Waves made by formula, for monitors to measure."""

import numpy as np

# Prahl 1998: decadic molar extinction, 1/(cm M): oxyhaemoglobin and haemoglobin at 660 and at 940 nm
EXTINCTION = {"red": (319.6, 3226.56), "infrared": (1214.0, 693.44)}


def times(lasts, dt):
    """Sample times."""
    return np.arange(round(lasts / dt)) * dt


def phase(t, rate):
    """Place in the beat (0 to 1) at a rate a minute; `rate` may change with time."""
    turns = np.cumsum(np.broadcast_to(rate, t.shape)) * (t[1] - t[0]) / 60.0
    return turns % 1.0


def pulse(place):
    """A pulse from 0 to 1 with a notch: fast rise, slow fall, dicrotic wave."""
    rise = np.exp(-0.5 * ((place - 0.16) / 0.07) ** 2)
    late = 0.45 * np.exp(-0.5 * ((place - 0.42) / 0.09) ** 2)
    tail = 0.35 * np.exp(-np.maximum(place - 0.16, 0.0) / 0.35) * (place > 0.16)
    shape = np.maximum(rise, np.maximum(late, tail))
    return shape


def arterial(place, diastolic, systolic):
    """An arterial pressure between two values, mmHg."""
    shape = pulse(place)
    return diastolic + (systolic - diastolic) * (shape - shape.min()) / (shape.max() - shape.min())


def babbs(t, rate, diastolic, systolic):
    """The arterial pressure of Babbs 2012: three harmonics of a sine. Its range is not quite diastolic to systolic."""
    w = 2 * np.pi * rate / 60.0
    size = systolic - diastolic
    wave = np.sin(w * t) + 0.5 * np.sin(2 * w * t) + 0.25 * np.sin(3 * w * t)
    return diastolic + 0.5 * size + 0.36 * size * wave


def light(place, saturation, pulsation, *, baseline=0.0):
    """Red and infrared light behind pulsating blood: Beer and Lambert; `pulsation` is that of infrared, a share."""
    out = {}
    strength = lambda name: saturation * EXTINCTION[name][0] + (1 - saturation) * EXTINCTION[name][1]
    for name, level in (("red", 0.3), ("infrared", 0.5)):
        depth = pulsation * strength(name) / strength("infrared")
        out[name] = level * np.exp(-depth * pulse(place) - baseline)
    return out["red"], out["infrared"]


def ecg(place, rate, *, size=1.0):
    """Lead II in mV: P, QRS and T as Gaussians at fixed times before and after the R wave at `place` 0.4."""
    second = 60.0 / rate
    t = (place - 0.4) * second
    waves = ((-0.16, 0.12, 0.025), (-0.025, -0.1, 0.008), (0.0, 1.0, 0.012), (0.028, -0.2, 0.009), (0.26, 0.3, 0.05))
    return size * sum(a * np.exp(-0.5 * ((t - at) / width) ** 2) for at, a, width in waves)


def capnogram(t, rate, end_tidal, *, inspired=0.4):
    """Carbon dioxide at the airway, mmHg: nothing in inspiration, then a fast rise and a plateau that climbs a little."""
    place = (t * rate / 60.0) % 1.0
    out = np.clip((place - inspired) / (1 - inspired), 0.0, 1.0)
    rise = -np.expm1(-np.maximum(place - inspired, 0.0) * 60.0 / rate / 0.08)
    return np.where(place < inspired, 0.0, rise * end_tidal * (0.93 + 0.07 * out))
