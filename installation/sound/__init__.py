"""What a show sounds like: files of sound, their mix for every frame, and the device that plays it."""
