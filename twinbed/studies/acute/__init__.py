"""The acute patient at the bedside: heart, lungs, blood and drugs, with devices, over minutes to hours."""
