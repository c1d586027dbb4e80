"""The computations of networks: the steps, their graph, and a module for each known architecture."""
