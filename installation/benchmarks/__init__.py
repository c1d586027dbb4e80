"""Measurements: benchmarks, studies, fuzzers. They may import everything; no other room imports them."""
