"""Everything that controls the show from outside; all of it becomes stamped messages."""
