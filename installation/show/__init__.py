"""Time to Frame: what every output shows, as a pure function of score, frame number and control."""
