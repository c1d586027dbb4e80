"""Several machines on one: each with a network of its own, a clock of its own, and a bad network between them."""
