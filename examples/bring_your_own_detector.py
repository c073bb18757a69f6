"""Your own QRS detector on the bench: a function from what the device is given to what it answers.

twinbed bench run ecg/noise_stress --device examples/bring_your_own_detector.py:detect
twinbed bench run ecg/beat_detection --device examples/bring_your_own_detector.py:detect

The second needs the MIT-BIH recordings (TWINBED_DATA).
"""

import numpy as np
from scipy.signal import butter, find_peaks, sosfiltfilt


def detect(given):
    frequency = given["sampling_frequency_hz"]
    band = sosfiltfilt(butter(2, (8, 20), "bandpass", fs=frequency, output="sos"), given["ecg"])
    power = np.convolve(band**2, np.ones(int(0.1 * frequency)), "same")
    peaks, _ = find_peaks(power, height=0.25 * np.percentile(power, 98), distance=int(0.25 * frequency))
    return {"beats": peaks}
