"""Reads atlases: families of neurons, their latents, and the ways between them."""

INDEX_NAME = "atlas.json"
"""The name of the index file in an atlas's folder."""
