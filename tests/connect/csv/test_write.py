"""What is written is read back the same."""

import datetime
import pathlib
import tempfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinbed.connect.csv import read_recordings, write_generic
from twinbed.core.recording import Channel, Recording
from twinbed.vocab.signals import SIGNALS

TIMES = st.lists(st.floats(0.0, 4e7, allow_subnormal=False), min_size=1, max_size=5).map(sorted)
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)


@st.composite
def channel_parts(draw):
    """Signal, times, values and perhaps durations of a channel, within what the signal can be."""
    known = draw(st.sampled_from(sorted(SIGNALS.values(), key=lambda s: s.name)))
    times = draw(TIMES)
    n = {"min_size": len(times), "max_size": len(times)}
    if known.dose_unit is not None and draw(st.booleans()):
        doses, lasting = draw(st.lists(st.floats(1e-6, 9.0), **n)), draw(st.lists(st.floats(0.0, 1e5), **n))
        return known.name, times, doses, lasting
    return known.name, times, draw(st.lists(st.floats(*known.plausible), **n)), None


@pytest.mark.long
@settings(max_examples=60, deadline=None)
@given(
    parts=st.lists(channel_parts(), min_size=1, max_size=4),
    subject=TEXT,
    start=st.datetimes(datetime.datetime(1950, 1, 1), datetime.datetime(2100, 1, 1)),
    attributes=st.dictionaries(TEXT, TEXT | st.floats(allow_nan=False), max_size=3),
    notes=st.lists(TEXT, max_size=2),
)
def test_round_trip(parts, subject, start, attributes, notes):
    channels = {
        name: Channel(name, np.array(t), np.array(v), None if lasting is None else np.array(lasting))
        for name, t, v, lasting in parts
    }
    recording = Recording(subject, start, channels, attributes, tuple(notes))
    with tempfile.TemporaryDirectory() as folder:
        path = write_generic(recording, pathlib.Path(folder) / "new")
        (back,) = read_recordings(path)
        assert [r.subject for r in read_recordings(folder + "/new")] == [recording.subject]
    assert back.subject == recording.subject
    assert back.start == recording.start
    assert back.attributes == recording.attributes
    assert back.notes == recording.notes
    assert list(back.channels) == list(recording.channels)
    for name, channel in recording.channels.items():
        assert back[name].is_dose == channel.is_dose
        np.testing.assert_array_equal(back[name].time_s, channel.time_s)
        np.testing.assert_array_equal(back[name].value, channel.value)
        np.testing.assert_array_equal(back[name].duration_s, channel.duration_s)


def test_a_missing_value_stays_missing(tmp_path):
    cgm = Channel("cgm", np.array([0.0, 300.0, 600.0]), np.array([100.0, np.nan, 120.0]))
    (back,) = read_recordings(write_generic(Recording("p", datetime.datetime(2024, 1, 1), {"cgm": cgm}), tmp_path))
    assert back["cgm"].time_s.tolist() == [0.0, 600.0]


@pytest.mark.parametrize("subject", ["", "../../x", "Ä/ß", "a b"])
def test_files_stay_in_the_folder(tmp_path, subject):
    cgm = Channel("cgm", np.array([0.0]), np.array([100.0]))
    folder = tmp_path / "out"
    path = write_generic(Recording(subject, datetime.datetime(2024, 1, 1), {"cgm": cgm}), folder)
    assert path.parent == folder
    assert [file.name for file in tmp_path.iterdir()] == ["out"]
    assert read_recordings(path)[0].subject == subject
