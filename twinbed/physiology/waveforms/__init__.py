"""What electrodes and light see of the heart and of breathing."""

from twinbed.physiology.waveforms._dipole import Complex as Complex
from twinbed.physiology.waveforms._dipole import Repolarisation as Repolarisation
from twinbed.physiology.waveforms._dipole import Wave as Wave
