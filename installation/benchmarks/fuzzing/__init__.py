"""Broken inputs for every reader of the player: makes them, feeds them, and checks the results."""
