"""A show as it is played: the performance and its past, what GO means, edits that take over, what is heard."""
