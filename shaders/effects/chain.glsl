// Effects that need of each pixel nothing but itself, in whatever pass reads the picture last. A program is compiled for its
// EFFECTS of them, which are KIND_0, KIND_1, ...: a software driver computes both sides of a branch, and in one program for all
// kinds two effects took 61 ns a pixel, in one of their own 21 (llvmpipe, AMD EPYC).
#include "colour.glsl"

#if EFFECTS > 0
uniform int moments[EFFECTS];
uniform vec4 values[2 * EFFECTS];  // two of each effect
uniform vec4 treated;              // what they are done to: left, top, width, height, in pixels of what is drawn into

float short_side() {
    return min(treated.z, treated.w);
}

#include "effects/grade.glsl"
#include "effects/vignette.glsl"
#include "effects/grain.glsl"
#include "effects/threshold.glsl"
#include "effects/posterize.glsl"

vec3 after(int kind, vec3 colour, vec2 pixel, vec4 first, vec4 second, int moment) {
    if (kind == GRADE) return clamp(grade(colour, first, second), 0.0, 1.0);
    if (kind == VIGNETTE) return clamp(vignette(colour, pixel / treated.zw, first), 0.0, 1.0);
    if (kind == GRAIN) return clamp(grain(colour, pixel, first, uint(moment)), 0.0, 1.0);
    if (kind == THRESHOLD) return clamp(threshold(colour, first), 0.0, 1.0);
    return clamp(posterize(colour, first), 0.0, 1.0);
}

#define AFTER(kind, number) after(kind, colour, pixel, values[2 * number], values[2 * number + 1], moments[number])
#endif

// A pixel's colour after all of them.
vec3 chained(vec3 colour) {
#if EFFECTS > 0
    vec2 pixel = gl_FragCoord.xy - treated.xy;
    colour = AFTER(KIND_0, 0);
#endif
#if EFFECTS > 1
    colour = AFTER(KIND_1, 1);
#endif
#if EFFECTS > 2
    colour = AFTER(KIND_2, 2);
#endif
#if EFFECTS > 3
    colour = AFTER(KIND_3, 3);
#endif
#if EFFECTS > 4
    colour = AFTER(KIND_4, 4);
#endif
#if EFFECTS > 5
    colour = AFTER(KIND_5, 5);
#endif
#if EFFECTS > 6
    colour = AFTER(KIND_6, 6);
#endif
#if EFFECTS > 7
    colour = AFTER(KIND_7, 7);
#endif
    return colour;
}
