"""How every way of drawing computes pixels: its definition, and its quicker kernels if any; one table lists them
all."""
