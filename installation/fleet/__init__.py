"""Several machines play one show together, with replicated messages, a shared clock and a list of present machines."""
