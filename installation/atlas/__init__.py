"""Reading atlases: families of CPPNs, their latents, and the ways between them."""

INDEX_NAME = "atlas.json"
"""Of the file that makes a folder an atlas."""
