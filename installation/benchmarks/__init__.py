"""What measures: benchmarks, studies, fuzzers. May import everything; nobody imports them."""
