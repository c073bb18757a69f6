"""What a device's network port does with messages that it should not be sent.

`codec` (how messages of an interface look), `mutate` (messages that are wrong), `play` (sends them to a port of this
machine and watches the device), `sbom` (what software is in an environment). Ports of other machines are refused.
"""
