"""Broken inputs for whatever the player reads: how they are made, fed to the readers, and what may come of them."""
