"""Several machines play one show as one: a replicated set of messages, a shared clock, and who is present."""
