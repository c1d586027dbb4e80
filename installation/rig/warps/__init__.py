"""Warps that are known point by point, as other tools write them, and the meshes that meet them."""
