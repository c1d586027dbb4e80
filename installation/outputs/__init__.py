"""Where finished pictures go: windows, films, stills, nothing."""
