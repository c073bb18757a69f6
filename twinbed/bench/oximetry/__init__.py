"""How well a pulse oximeter measures, and the virtual fingers it is tried on.

`accuracy` analyses (ISO 80601-2-61 and what FDA asks for), `finger` and `volunteers` make what a device is given and
what is true, `algorithms` are small devices.
"""
