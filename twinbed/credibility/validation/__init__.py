"""Compares a patient with published tables.

`tables/` holds the references, one file a system; `validate` plays their runs and gives every row a verdict; `page`
draws the report.
"""

from twinbed.credibility.validation.report import Report as Report
from twinbed.credibility.validation.table import systems as systems
from twinbed.credibility.validation.validate import Plan as Plan
from twinbed.credibility.validation.validate import compare as compare
from twinbed.credibility.validation.validate import validate as validate
