"""Destinations of pictures beside the screens: recordings, streams, NDI, virtual cameras. None of them delays the
show."""
