"""The sound of a show: sound files, their mix for every frame, and the device that plays it."""
