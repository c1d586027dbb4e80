"""Reads atlases: families of neurons, their latents, and the ways between them."""

INDEX_NAME = "atlas.json"
"""The name of the index file in an atlas's folder."""

MAP_NAME = "map.json"
"""The name of the file with the atlas's map, beside the index; see map.py."""
