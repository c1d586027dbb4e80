"""Reads pointwise warps of other tools, and fits meshes to them."""
