"""Virtual people: populations to draw from, twins to read, their therapy, their strata."""
