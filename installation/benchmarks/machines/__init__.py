"""Simulates several machines on one: each has its own name space and clock, with a bad network between them."""
