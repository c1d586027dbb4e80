#version 330 core
// A spectrum's picture by its cubic B-spline, as atlas/spline_sampling.py has it, over what is below: at two sizes, of
// which a pixel sees both in turn. A picture repeats; coefficients have a texel for each of its samples. On a PLATE it draws
// the colours of one cell and leaves all other pixels.

uniform sampler2D finer;
uniform sampler2D coarser;
uniform vec3 across[2]; // of both sizes: from an offset (u, v, 1) to a column of samples, and to a row
uniform vec3 down[2];
uniform vec2 shares;    // of both sizes in the picture
uniform float opaque;   // what the picture adds to alpha's logit
uniform bool bent;      // over a monitor: offsets has a texel for each of its pixels
uniform sampler2D offsets;
uniform bool begun;     // below has logits to add to
uniform sampler2D below;
uniform bool ends;      // colours are wanted, and not logits
uniform ivec2 size;     // of the picture in pixels

out vec4 colour;

#if PLATE
uniform int cell;   // -1 copies what is below
uniform int cells;
uniform usampler2D places; // of ROW texels a row

uvec4 place_of(int index) { return texelFetch(places, ivec2(index % ROW, index / ROW), 0); }

#include "plate.glsl"
#endif

// Of the sample before the one to the left, that one, the one to the right and the next.
vec4 weights_of(float part) {
    float rest = 1.0 - part;
    return vec4(
        rest * rest * rest / 6.0,
        2.0 / 3.0 - part * part * (1.0 - part * 0.5),
        2.0 / 3.0 - rest * rest * (1.0 - rest * 0.5),
        part * part * part / 6.0
    );
}

vec3 sampled(sampler2D coefficients, vec2 at) {
    ivec2 samples = textureSize(coefficients, 0);
    vec2 first = floor(at);
    vec4 by_column = weights_of(at.x - first.x), by_row = weights_of(at.y - first.y);
    ivec2 corner = ivec2(first - vec2(samples) * floor(first / vec2(samples))) + samples - 1;
    vec3 total = vec3(0.0);
    for (int row = 0; row < 4; row++) {
        int line = (corner.y + row) % samples.y;
        vec3 sum = vec3(0.0);
        for (int column = 0; column < 4; column++)
            sum += by_column[column] * texelFetch(coefficients, ivec2((corner.x + column) % samples.x, line), 0).rgb;
        total += by_row[row] * sum;
    }
    return total;
}

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy);
    vec2 offset = bent ? texelFetch(offsets, pixel, 0).xy : (vec2(pixel) + 0.5) / vec2(size) - 0.5;
    if (offset.x > 1.0) { // the picture does not cover the pixel
        colour = vec4(0.0);
        return;
    }
    vec3 place = vec3(offset, 1.0);
    vec4 before = begun ? texelFetch(below, pixel, 0) : vec4(0.0);
#if PLATE
    if (cell < 0) {
        colour = before;
        return;
    }
    OnPlate here = on_plate(pixel, size, cells);
    if (here.cell != cell) discard;
    vec4 logits = vec4(0.0);
#else
    vec4 logits = before;
#endif
    logits.rgb += shares.x * sampled(finer, vec2(dot(across[0], place), dot(down[0], place)));
    if (shares.y > 0.0) logits.rgb += shares.y * sampled(coarser, vec2(dot(across[1], place), dot(down[1], place)));
    logits.a += opaque;
#if PLATE
    colour = beside_gap(1.0 / (1.0 + exp(-logits)), here.seen);
#else
    colour = ends ? 1.0 / (1.0 + exp(-logits)) : logits;
#endif
}
