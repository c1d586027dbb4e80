"""The formulas of the training objectives, with their sources; none depends on recipes or networks."""
