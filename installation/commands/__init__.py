"""What people type, and the processes that a show starts. May import everything; nobody imports it."""
