#version 330 core
// Two key pictures become one under the exact view, display-encoded like themselves.
#define STACK 2
#include "picture.glsl"

uniform float share;  // of the second

out vec4 colour;

void main() {
    colour = vec4(mix(display_of_picture(pictures[0], 0), display_of_picture(pictures[1], 1), share), 1.0);
}
