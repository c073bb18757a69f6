"""Product code and class of a digital medical device in Korea, from declared answers, each step with its article."""

from twinbed.bench.classify.answers import Answers as Answers
from twinbed.bench.classify.answers import SoftwareFunction as SoftwareFunction
from twinbed.bench.classify.answers import read_answers as read_answers
from twinbed.bench.classify.decide import Classified as Classified
from twinbed.bench.classify.decide import classify as classify
from twinbed.bench.classify.papers import Paper as Paper
from twinbed.bench.classify.papers import papers as papers
