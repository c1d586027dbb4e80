#version 330 core
// One layer alone, for effects: colour after its first pointwise ones, and alpha as it is, for the pixels of its place.
#include "effects/chain.glsl"
#include "picture.glsl"

out vec4 colour;

void main() {
    vec4 seen = seen_of_layer(0);
    colour = vec4(chained(seen.rgb), seen.a);
}
