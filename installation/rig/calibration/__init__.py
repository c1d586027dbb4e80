"""Measures a wall with a camera: shows patterns on every head, decodes the photographs, and derives a rig."""
