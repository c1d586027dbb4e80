"""Readers for the weights files of other programs; they do not need these programs."""
