"""What electrodes, light and a line at the wrist see of the heart and of breathing."""

from twinbed.physiology.waveforms._dipole import Complex as Complex
from twinbed.physiology.waveforms._dipole import Repolarisation as Repolarisation
from twinbed.physiology.waveforms._dipole import Wave as Wave
