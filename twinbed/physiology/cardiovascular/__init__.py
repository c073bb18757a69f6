"""The heart, its rhythm, the vessels and the reflexes that govern them."""

from twinbed.physiology.cardiovascular._parts.beds import VascularBed as VascularBed
from twinbed.physiology.cardiovascular._parts.chambers import Atrium as Atrium
from twinbed.physiology.cardiovascular._parts.chambers import Systole as Systole
from twinbed.physiology.cardiovascular._parts.chambers import Ventricle as Ventricle
