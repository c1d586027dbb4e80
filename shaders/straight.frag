#version 330 core
// One opaque layer and nothing else: no light to mix, so no conversion of colour.
#include "dither.glsl"
#include "effects/chain.glsl"
#include "picture.glsl"

out vec4 colour;

void main() {
    colour = vec4(dithered(chained(display_of_layer(0))), 1.0);
}
