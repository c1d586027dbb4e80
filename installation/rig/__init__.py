"""The venue: assigns outputs to monitors, lays their pictures onto the wall, and holds hours and displays."""
