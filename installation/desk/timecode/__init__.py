"""Timecode from elsewhere: read, generated, and chased by the show."""
