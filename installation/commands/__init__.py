"""The commands that people type, and the processes that a show starts. May import everything; nothing imports it."""
