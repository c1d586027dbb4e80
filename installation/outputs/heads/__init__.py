"""Puts a canvas onto a monitor: warp, masks, colour, soft edges, delay."""
