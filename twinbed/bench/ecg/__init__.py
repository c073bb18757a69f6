"""Devices under test of our own that read an ECG: two QRS detectors, a beat classifier, and
detectors of atrial and of ventricular fibrillation."""

from twinbed.bench.ecg.beats import classify_beats as classify_beats
from twinbed.bench.ecg.fibrillation import find_fibrillation as find_fibrillation
from twinbed.bench.ecg.qrs import detect_qrs as detect_qrs
from twinbed.bench.ecg.qrs_online import detect_qrs_online as detect_qrs_online
from twinbed.bench.ecg.ventricular_fibrillation import find_ventricular_fibrillation as find_ventricular_fibrillation
