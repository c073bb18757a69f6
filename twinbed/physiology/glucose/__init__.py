"""Glucose and insulin in type 1 diabetes; the parts that the models are put together from."""

from twinbed.physiology.glucose._parts.day import VISENTIN_2015_CLASSES as VISENTIN_2015_CLASSES
from twinbed.physiology.glucose._parts.day import Dawn as Dawn
from twinbed.physiology.glucose._parts.day import IntradaySensitivity as IntradaySensitivity
from twinbed.physiology.glucose._parts.exercise import HeartRateExercise as HeartRateExercise
from twinbed.physiology.glucose._parts.exercise import OxygenExercise as OxygenExercise
from twinbed.physiology.glucose._parts.food import MixedMeal as MixedMeal
from twinbed.physiology.glucose._parts.glucagon import Glucagon as Glucagon
from twinbed.physiology.glucose._parts.hypoglycaemia import HypoglycaemiaRisk as HypoglycaemiaRisk
from twinbed.physiology.glucose._parts.subcutaneous import Schiavon as Schiavon
from twinbed.physiology.glucose._parts.subcutaneous import TwoCompartment as TwoCompartment
from twinbed.physiology.glucose._parts.variation import Oscillation as Oscillation
