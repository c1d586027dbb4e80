"""From decoded pictures to the canvas of every output, on the graphics card."""
