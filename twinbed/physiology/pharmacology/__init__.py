"""Drugs: how they spread, and where they act."""

from twinbed.physiology.pharmacology._parts.mammillary import Mammillary as Mammillary
from twinbed.physiology.pharmacology._parts.substance import varying as varying
