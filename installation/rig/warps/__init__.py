"""Warps that are known point by point, as other tools write them, and the meshes that match them."""
