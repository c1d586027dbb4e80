"""The artist's material: pictures, fonts, films and shaders, read from files and checked."""
