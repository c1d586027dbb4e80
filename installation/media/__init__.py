"""What an artist brings along: pictures, fonts and films, read from files and checked."""
