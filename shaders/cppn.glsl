// A CPPN of WIDTH units (a multiple of four) and DEPTH hidden layers, or a PLATE of many of them. Two programs, because
// where all pixels read the same weights a card reads them once.
// The including shader says where numbers lie: first_of(i), rest_of(i) and place_of(i). Per net, in vec4s:
// first: WIDTH times (weight of x, weight of y, bias, 0), then (share, 0, 0, 0);
// rest: for every other hidden layer WIDTH rows of QUADS angle and QUADS square weights, then QUADS biases;
//       for red, green and blue QUADS + QUADS weights, then (red, green, blue, 0) as bias.
// A pixel's place on a plate is place_of(column) + place_of(width + row): cells and 2^-32 of a cell, to the right and
// down. Whole numbers, so that every decoder finds the same cell (picture/decoding/plates.py).

const int QUADS = WIDTH / 4;
const int FIRST_SIZE = WIDTH + 1;
const int REST_SIZE = (DEPTH - 1) * (WIDTH * 2 * QUADS + QUADS) + 6 * QUADS + 1;

uniform ivec2 size;   // of the picture in pixels
uniform int nets;     // whose logits are summed; on a plate the number of its cells
uniform int columns;  // of the plate
uniform bool bent;    // over a monitor: offsets has a texel for each of its pixels
uniform sampler2D offsets;
uniform vec2 cell_px; // a cell's width and height in pixels
uniform float gap_px;

// The arctangent as a polynomial in the cosine of its angle: atlas/activation.py says why.
vec4 angle_of(vec4 total) {
    vec4 cosine = inversesqrt(1.0 + total * total);
    vec4 factor = 0.0495069675 * cosine - 0.214406789;
    factor = factor * cosine + 0.440748523;
    factor = factor * cosine - 0.626951903;
    factor = factor * cosine + 0.780057980;
    factor = factor * cosine - 0.99972442;
    factor = factor * cosine + 1.57079399;
    return total * cosine * factor;
}

// Logits of net `net` at an offset from the middle of the place, each side -0.5..0.5.
vec3 logits_of(int net, vec2 offset) {
    vec4 angle[QUADS];
    vec4 square[QUADS];
    int at = net * FIRST_SIZE;
    for (int quad = 0; quad < QUADS; quad++) {
        vec4 total;
        for (int row = 0; row < 4; row++) {
            vec4 weight = first_of(at++);
            total[row] = dot(weight.xy, offset) + weight.z;
        }
        angle[quad] = angle_of(total);
        square[quad] = angle[quad] * angle[quad];
    }
    at = net * REST_SIZE;
    for (int layer = 1; layer < DEPTH; layer++) {
        vec4 totals[QUADS];
        for (int quad = 0; quad < QUADS; quad++) {
            vec4 total = vec4(0.0);
            for (int row = 0; row < 4; row++) {
                float sum = 0.0;
                for (int from = 0; from < QUADS; from++) sum += dot(rest_of(at + from), angle[from]);
                for (int from = 0; from < QUADS; from++) sum += dot(rest_of(at + QUADS + from), square[from]);
                total[row] = sum;
                at += 2 * QUADS;
            }
            totals[quad] = total;
        }
        for (int quad = 0; quad < QUADS; quad++) {
            angle[quad] = angle_of(totals[quad] + rest_of(at++));
            square[quad] = angle[quad] * angle[quad];
        }
    }
    vec3 logits;
    for (int colour = 0; colour < 3; colour++) {
        float sum = 0.0;
        for (int from = 0; from < QUADS; from++) sum += dot(rest_of(at + from), angle[from]);
        for (int from = 0; from < QUADS; from++) sum += dot(rest_of(at + QUADS + from), square[from]);
        logits[colour] = sum;
        at += 2 * QUADS;
    }
    return logits + rest_of(at).rgb;
}

// Display-encoded colour of a pixel, counted from the top left.
vec3 colour_of(ivec2 pixel) {
    vec2 offset = bent ? texelFetch(offsets, pixel, 0).xy : (vec2(pixel) + 0.5) / vec2(size) - 0.5;
    if (offset.x > 1.0) return vec3(0.0); // the picture does not cover the pixel
#if PLATE
    uvec4 across = place_of(pixel.x), down = place_of(size.x + pixel.y);
    uvec2 part = across.yw + down.yw;
    ivec2 place = ivec2(across.xz + down.xz + uvec2(lessThan(part, down.yw))); // less: it ran over
    int cell = place.y * columns + place.x;
    if (place.x < 0 || place.x >= columns || place.y < 0 || cell >= nets) return vec3(0.0);
    vec2 border = vec2(min(part, 0u - part)) / 4294967296.0 * cell_px;
    vec2 dark = clamp(min(border + 0.5, 0.5 * gap_px) - max(border - 0.5, -0.5 * gap_px), 0.0, 1.0);
    return (1.0 - dark.x) * (1.0 - dark.y) / (1.0 + exp(-logits_of(cell, offset)));
#else
    vec3 logits = vec3(0.0);
    for (int net = 0; net < nets; net++) logits += first_of(net * FIRST_SIZE + WIDTH).x * logits_of(net, offset);
    return 1.0 / (1.0 + exp(-logits));
#endif
}
