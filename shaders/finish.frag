#version 330 core
// The end of a deep stack: level, display encoding, dither. ALPHA as in stack.frag.
#include "colour.glsl"
#include "dither.glsl"

uniform sampler2D below_so_far;
uniform float level;

out vec4 colour;

void main() {
    vec4 below = texelFetch(below_so_far, ivec2(gl_FragCoord.xy), 0);
#if ALPHA
    colour = vec4(dithered(display_of(level * below.rgb / max(below.a, 1e-4))), below.a);
#else
    colour = vec4(dithered(display_of(level * below.rgb)), 1.0);
#endif
}
