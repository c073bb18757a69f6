"""The body around the organs: fluids, heat, metabolism and the surroundings."""
