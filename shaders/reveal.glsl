// How much of a cue is seen at this pixel while it comes in: share * smoothstep of a way that a soft edge travels.
// The way is a sum of a line across the output (wipe), the distance from a centre (iris) and the light of the cue
// itself (luma dissolve); the mixer gives their factors, divided by the softness, and 0 for those not in use.
// A push is no mask: it moves rectangles, see layout.py. All ways are those of the picture, also where its pixels are
// those of a monitor over which it is bent.
//
// SHAPED    0: every pixel shows the same share, so that there is no way to be worked out; a caption over a picture costs half

#include "window.glsl"

#if SHAPED
uniform bool bent;
uniform sampler2D offsets;  // where it is bent: of the monitor's pixels from the picture's middle, -0.5 to 0.5
uniform vec2 picture_px;    // its size

float revealed(vec4 mask, vec4 line, vec3 cue) {
    float share = mask.x, edge = mask.y, radius = mask.z, light = mask.w;
    vec2 pixel = bent ? (texelFetch(offsets, ivec2(gl_FragCoord.xy), 0).xy + 0.5) * picture_px : output_pixel();
    float way = dot(line.xy, pixel) + radius * distance(pixel, line.zw);
    float t = clamp(edge - way + light * sqrt(luminance_of(cue)), 0.0, 1.0);  // the root evens out the pace
    return share * t * t * (3.0 - 2.0 * t);
}
#else
float revealed(vec4 mask, vec4 line, vec3 cue) {
    return mask.x;
}
#endif
