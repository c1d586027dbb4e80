"""The loop, and what puts a show together around it."""
