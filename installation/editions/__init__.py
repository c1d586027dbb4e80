"""Editing while the show runs: what was saved is read beside it, checked, and takes over between two frames."""
