"""The separate processes that a show starts: the understudy, the reader, the safe picture, probes."""
