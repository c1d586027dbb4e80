"""Long trials of a show under its house: measure growth, inject faults, and time the recovery."""
