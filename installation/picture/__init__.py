"""Decode and mix: from a Frame to pixels on canvases."""
