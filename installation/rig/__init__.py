"""The venue: which output is seen on which monitor and how it lies on the wall, hours, displays."""
