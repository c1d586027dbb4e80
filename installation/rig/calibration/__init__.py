"""Measures a wall with a camera: patterns on every head, what the camera saw of them, and the rig that follows."""
