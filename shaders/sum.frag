#version 330 core
// Layers over each other with no other blend than normal and no reveal with a shape: what is seen is then a sum with
// one weight per layer, opacities, dissolves and level included. On software GL a third cheaper than stack.frag.
#include "colour.glsl"
#include "dither.glsl"
#include "picture.glsl"

uniform float weights[STACK];

out vec4 colour;

void main() {
    vec3 light = weights[0] * linear_of(display_of_layer(0));
#if STACK > 1
    light += weights[1] * linear_of(display_of_layer(1));
#endif
#if STACK > 2
    light += weights[2] * linear_of(display_of_layer(2));
#endif
#if STACK > 3
    light += weights[3] * linear_of(display_of_layer(3));
#endif
    colour = vec4(dithered(display_of(light)), 1.0);
}
