"""Your own QRS detector on the bench: a function from what the device is given to what it answers.

twinbed bench run ecg/noise_stress --device examples/bring_your_own_detector.py:detect
twinbed bench run ecg/beat_detection --device examples/bring_your_own_detector.py:detect

The first passes, barely (exit code 0). The second needs the MIT-BIH recordings (TWINBED_DATA) and fails (exit code 1),
as it should: this is the simplest detector that works, with one threshold for a whole recording. Broad beats, paced or
ventricular, have little energy from 8 to 20 Hz and fall below a quarter of what narrow ones reach. So it misses the
limits of gross_sensitivity (95.24 %, at least 99 % is asked) and of least_sensitivity (30.43 % in record 104, which is
paced; at least 90 %), while nearly all that it finds are beats (99.92 %). A threshold that follows the last beats is
the usual mend. `twinbed/bench/ecg/qrs.py` has one that passes.
"""

import numpy as np
from scipy.signal import butter, find_peaks, sosfiltfilt


def detect(given):
    frequency = given["sampling_frequency_hz"]
    band = sosfiltfilt(butter(2, (8, 20), "bandpass", fs=frequency, output="sos"), given["ecg"])
    power = np.convolve(band**2, np.ones(int(0.1 * frequency)), "same")
    peaks, _ = find_peaks(power, height=0.25 * np.percentile(power, 98), distance=int(0.25 * frequency))
    return {"beats": peaks}
