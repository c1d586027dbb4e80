"""Windows on screens, one or many, that show the same frame together."""
