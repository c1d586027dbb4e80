"""A show while it plays: the performance and its past, the meaning of GO, edits that take over, and sounds."""
