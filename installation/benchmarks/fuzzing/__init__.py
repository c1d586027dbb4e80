"""Broken inputs for every reader of the player: how they are made and fed, and which results are allowed."""
