"""How well a device measures blood pressure, and the virtual arms and arteries it is tried on.

`errors` (bias and spread by subject), `cuff` (ISO 81060-2), `continuous` (ISO 81060-3) and `cuffless` (IEEE 1708)
analyse; `people`, `observers`, `artery`, `oscillometry`, `tonometer` and `transit` make what a device is given and what
is true; `algorithms` are small honest devices.
"""
