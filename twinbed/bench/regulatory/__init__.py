"""Product codes of the FDA, item codes of the Korean ministry and AI-enabled devices before: read and searched."""

from twinbed.bench.regulatory.catalogue import Catalogue as Catalogue
from twinbed.bench.regulatory.catalogue import load as load
from twinbed.bench.regulatory.search import search as search
