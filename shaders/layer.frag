#version 330 core
// One layer alone, for effects: colour and alpha as they are, for the pixels of its place.
#include "picture.glsl"

out vec4 colour;

void main() {
    colour = seen_of_layer(0);
}
