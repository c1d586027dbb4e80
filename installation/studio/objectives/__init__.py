"""The formulas that pictures are trained by, each from its source; none knows of recipes or networks."""
