"""Which decoded picture each layer shows, drawn ahead as finely as the machine can."""
