"""The destinations of finished pictures: windows, films, stills, or none."""
