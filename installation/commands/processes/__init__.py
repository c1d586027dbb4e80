"""Processes of their own that a show starts: the understudy, the reader, the safe picture, probes."""
