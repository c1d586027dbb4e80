"""Rehearsal: the whole show seen before it happens, on a laptop or on paper."""
