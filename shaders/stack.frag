#version 330 core
// All layers that are seen in a region, back to front, in one pass: a pixel is written once, from float registers.
//
// DEEP    1: continues from textures and writes linear light to textures, for stacks of more than STACK layers
#include "colour.glsl"
#include "dither.glsl"
#include "picture.glsl"
#include "blend.glsl"
#include "reveal.glsl"

uniform float opacities[STACK];
uniform float keeps[STACK];     // 0 where a cue begins, 1 where it goes on
uniform vec4 blends[STACK];     // see blend.glsl
uniform vec4 masks[STACK];      // see reveal.glsl; share 0 where the cue goes on after this layer
uniform vec4 lines[STACK];
uniform float level;

#if DEEP
uniform sampler2D below_so_far;
uniform sampler2D cue_so_far;
layout(location = 0) out vec4 below_colour;
layout(location = 1) out vec4 cue_colour;
#else
out vec4 colour;
#endif

// `below` is everything under the present cue, `cue` the present cue as far as it is laid.
void lay(vec4 seen, int i, inout vec3 below, inout vec3 cue) {
    cue = blended(cue * keeps[i], linear_of(seen.rgb), blends[i], opacities[i] * seen.a);
    below = mix(below, cue, revealed(masks[i], lines[i], cue));
}

void main() {
    vec3 below = vec3(0.0), cue = vec3(0.0);
#if DEEP
    below = texelFetch(below_so_far, ivec2(gl_FragCoord.xy), 0).rgb;
    cue = texelFetch(cue_so_far, ivec2(gl_FragCoord.xy), 0).rgb;
#endif
    lay(seen_of_layer(0), 0, below, cue);
#if STACK > 1
    lay(seen_of_layer(1), 1, below, cue);
#endif
#if STACK > 2
    lay(seen_of_layer(2), 2, below, cue);
#endif
#if STACK > 3
    lay(seen_of_layer(3), 3, below, cue);
#endif
#if DEEP
    below_colour = vec4(below, 1.0);
    cue_colour = vec4(cue, 1.0);
#else
    colour = vec4(dithered(display_of(level * below)), 1.0);
#endif
}
