"""The journal: every message with its stamp, on disk before it takes effect."""
