"""The numbers and the classes of ANSI/AAMI EC57, in one table.

Each is marked [V] where it was verified against the reference comparators' behaviour on
recorded annotations (tests/bench/ec57). The standard sets no limits of performance: results
are disclosed, record by record, with gross and average.
"""

START_S = 300.0
"""The test period begins after five minutes of learning [V]."""

WINDOW_S = 0.150
"""Two annotations of one beat are at most this far apart [V]."""

UNREADABLE = 0x30
"""Bits of the subtype of a change of signal quality: both signals cannot be read (shutdown) [V]."""

N, S, V, F, Q, MISSED, SHUT = range(7)
"""Rows and columns of the matrix of beats: normal, supraventricular and ventricular ectopic, fusion, beats that cannot
be classified, no beat (`O`), and no beat because of a shutdown (`X`)."""

BEATS = (
    dict.fromkeys("NLRB", N)
    | dict.fromkeys("aAJSejn", S)
    | dict.fromkeys("VrE", V)
    | {"F": F}
    | dict.fromkeys("/fQ?", Q)
)
"""The class of every symbol that is a beat [V; B, n, r and ? do not occur in the recordings compared]."""

MEASUREMENT = "="
"""Symbol of a measurement, whose number is its text and whose kind is its subtype [V]."""

FIBRILLATION = "(AFIB"
FLUTTER = "(AFL"
"""Names of rhythms [V]."""

SHORT_RUN, LONG_RUN = 3, 6
"""Beats of the shortest run that is no couplet, and of the shortest that is long [V]."""

PACED = ("102", "104", "107", "217")
"""Records of the MIT-BIH Arrhythmia Database with paced beats, which the required reports leave out [V]."""
