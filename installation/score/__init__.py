"""YAML to Score: every mistake at once, each with file and line."""
