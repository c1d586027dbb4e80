"""Where pictures go beside the screens: recordings, streams, NDI, virtual cameras. None holds up the show."""
