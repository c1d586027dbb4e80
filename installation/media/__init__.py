"""The artist's material: pictures, fonts, films, bodies and shaders, read from files and checked."""
