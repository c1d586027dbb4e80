#version 330 core
// The end of a deep stack: level, display encoding, dither.
#include "colour.glsl"
#include "dither.glsl"

uniform sampler2D below_so_far;
uniform float level;

out vec4 colour;

void main() {
    vec3 linear = texelFetch(below_so_far, ivec2(gl_FragCoord.xy), 0).rgb;
    colour = vec4(dithered(display_of(level * linear)), 1.0);
}
