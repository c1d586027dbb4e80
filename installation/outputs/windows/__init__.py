"""Windows on screens, one or more, that show the same frame together."""
