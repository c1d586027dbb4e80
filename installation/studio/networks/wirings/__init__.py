"""What networks compute: the steps, the graph of them, and a module for each known architecture."""
