"""Which decoder draws: the quickest on this machine, the others as a safety net."""
