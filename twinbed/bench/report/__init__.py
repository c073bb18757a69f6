"""The report of a run on the bench: a page for people, JUnit XML for a firm's own integration. Made from the log."""

from twinbed.bench.report.junit import junit as junit
from twinbed.bench.report.page import render as render
from twinbed.bench.report.page import write_page as write_page
