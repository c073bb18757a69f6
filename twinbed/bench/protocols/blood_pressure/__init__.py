"""Blood pressure: cuffs (ISO 81060-2), continuous (ISO 81060-3) and cuffless (IEEE 1708)."""
