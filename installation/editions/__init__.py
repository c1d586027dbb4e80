"""Editing while the show runs: saved files are read in the background, checked, and take over between two frames."""
