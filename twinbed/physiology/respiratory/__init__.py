"""Breathing: what blood carries."""

from twinbed.physiology.respiratory._parts.blood import Blood as Blood
