"""Everything that controls the show from outside; the desk turns it into stamped messages."""
