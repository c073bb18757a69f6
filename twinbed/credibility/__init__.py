"""How far the models can be believed: comparison with published tables, and model cards."""

from twinbed.credibility.validation import Report as Report
from twinbed.credibility.validation import validate as validate
