"""Reads a Score from YAML; reports all mistakes together, each with file and line."""
