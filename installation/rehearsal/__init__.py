"""Rehearsal: shows the whole show in advance, on a laptop or on paper."""
