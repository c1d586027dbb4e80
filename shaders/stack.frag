#version 330 core
// All layers that are seen in a region, back to front, in one pass: a pixel is written once, from float registers.
//
// DEEP    1: continues from textures and writes linear light to textures, for stacks of more than STACK layers
// EFFECTS how many pointwise effects apply to the lowest layer, see effects/chain.glsl
// ALPHA   1: the ground of cues is transparent, and what is written has alpha, its colour not multiplied with it
#include "effects/chain.glsl"
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

// `below` is everything under the present cue, `cue` the present cue as far as it is laid; light times alpha, and alpha.
void lay(vec4 seen, int i, inout vec4 below, inout vec4 cue) {
    float opacity = opacities[i] * seen.a;
    cue.rgb = blended(cue.rgb * keeps[i], linear_of(seen.rgb), blends[i], opacity);
    float share = revealed(masks[i], lines[i], cue.rgb);
#if ALPHA
    cue.a = mix(cue.a * keeps[i], 1.0, opacity);
    below = mix(below, cue, share);
#else
    below.rgb = mix(below.rgb, cue.rgb, share);
#endif
}

void main() {
    vec4 below = vec4(0.0), cue = vec4(0.0);
#if DEEP
    below = texelFetch(below_so_far, ivec2(gl_FragCoord.xy), 0);
    cue = texelFetch(cue_so_far, ivec2(gl_FragCoord.xy), 0);
#endif
    vec4 lowest = seen_of_layer(0);
    lay(vec4(chained(lowest.rgb), lowest.a), 0, below, cue);
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
    below_colour = below;
    cue_colour = cue;
#elif ALPHA
    colour = vec4(dithered(display_of(level * below.rgb / max(below.a, 1e-4))), below.a);
#else
    colour = vec4(dithered(display_of(level * below.rgb)), 1.0);
#endif
}
