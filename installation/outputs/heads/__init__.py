"""How a canvas is laid onto a monitor: warp, masks, colour, soft edges, delay."""
