"""Several machines play one show as one: a replicated set of messages, a clock that agrees, and who is there."""
