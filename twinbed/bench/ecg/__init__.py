"""Devices under test of our own that read an ECG: two QRS detectors, a beat classifier, a detector of fibrillation."""

from twinbed.bench.ecg.qrs import detect_qrs as detect_qrs
from twinbed.bench.ecg.qrs_online import detect_qrs_online as detect_qrs_online
