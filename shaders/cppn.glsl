// A CPPN of WIDTH units (a multiple of four) and DEPTH hidden layers, or a PLATE of many of them. Two programs, because
// where all pixels read the same weights a card reads them once. CURVE is what a unit makes of its sum: 0 an arctangent
// and its square, 1 what is positive, 2 the magnitude, 3 the sine. With WAVES (a multiple of four) so many sines come
// before the first layer. OUTPUTS is 3, or 4 with alpha.
// The including shader says where numbers lie: first_of(i), rest_of(i) and, for plate.glsl, place_of(i). Per net, in vec4s:
// first: FIRST_UNITS times (weight of x, weight of y, bias, 0), then (share, 0, 0, 0);
// rest: for every other hidden layer WIDTH rows of QUADS value and QUADS square weights (WAVES / 4 behind the sines; no
//       squares but of arctangents), then QUADS biases; for every output such a row, then the outputs' biases.

const int QUADS = WIDTH / 4;
const int FIRST_UNITS = WAVES > 0 ? WAVES : WIDTH;
const int FIRST_SIZE = FIRST_UNITS + 1;
const int POWERS = CURVE == 0 ? 2 : 1;
const int ROW_QUADS = POWERS * QUADS;
const int WAVE_SIZE = WAVES > 0 ? WIDTH * (WAVES / 4) + QUADS : 0;
const int REST_SIZE = WAVE_SIZE + (DEPTH - 1) * (WIDTH * ROW_QUADS + QUADS) + OUTPUTS * ROW_QUADS + 1;
const float OPAQUE = 8.0; // atlas/interpolate.py

uniform ivec2 size;   // of the picture in pixels
uniform int nets;     // whose logits are summed; on a plate the number of its cells
uniform bool bent;    // over a monitor: offsets has a texel for each of its pixels
uniform sampler2D offsets;
uniform bool begun;   // below has logits to add to, or of a plate the cells that are drawn already
uniform sampler2D below;
uniform bool ends;    // colours are wanted, and not logits for nets of another shape
#if PLATE
#include "plate.glsl"
#endif

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

// As in numba_emitter.py: what GLSL calls sin may be off by a hundredth.
vec4 sine_of(vec4 total) {
    vec4 turns = round(total * 0.318309886);
    vec4 left = (total - turns * 3.140625) - turns * 9.67653589793e-4;
    vec4 odd = turns - 2.0 * round(turns * 0.5 - 0.25);
    vec4 square = left * left;
    vec4 factor = -2.50521084e-8 * square + 2.75573192e-6;
    factor = factor * square - 1.98412698e-4;
    factor = factor * square + 8.33333333e-3;
    factor = factor * square - 0.166666667;
    factor = factor * square + 1.0;
    return left * factor * (1.0 - 2.0 * odd * odd);
}

vec4 value_of(vec4 total) {
#if CURVE == 0
    return angle_of(total);
#elif CURVE == 1
    return max(total, 0.0);
#elif CURVE == 2
    return abs(total);
#else
    return sine_of(total);
#endif
}

// Logits of net `net` at an offset from the middle of the place, each side -0.5..0.5.
vec4 logits_of(int net, vec2 offset) {
    vec4 signal[ROW_QUADS];
    int at = net * FIRST_SIZE;
#if WAVES > 0
    vec4 waves[WAVES / 4];
    for (int quad = 0; quad < WAVES / 4; quad++) {
        vec4 total;
        for (int row = 0; row < 4; row++) {
            vec4 weight = first_of(at++);
            total[row] = dot(weight.xy, offset) + weight.z;
        }
        waves[quad] = sine_of(total);
    }
    at = net * REST_SIZE;
    vec4 sums[QUADS];
    for (int quad = 0; quad < QUADS; quad++) {
        for (int row = 0; row < 4; row++) {
            float sum = 0.0;
            for (int from = 0; from < WAVES / 4; from++) sum += dot(rest_of(at + from), waves[from]);
            sums[quad][row] = sum;
            at += WAVES / 4;
        }
    }
    for (int quad = 0; quad < QUADS; quad++) signal[quad] = value_of(sums[quad] + rest_of(at++));
#else
    for (int quad = 0; quad < QUADS; quad++) {
        vec4 total;
        for (int row = 0; row < 4; row++) {
            vec4 weight = first_of(at++);
            total[row] = dot(weight.xy, offset) + weight.z;
        }
        signal[quad] = value_of(total);
    }
    at = net * REST_SIZE;
#endif
    for (int quad = 0; quad < ROW_QUADS - QUADS; quad++) signal[QUADS + quad] = signal[quad] * signal[quad];
    for (int layer = 1; layer < DEPTH; layer++) {
        vec4 totals[QUADS];
        for (int quad = 0; quad < QUADS; quad++) {
            vec4 total = vec4(0.0);
            for (int row = 0; row < 4; row++) {
                float sum = 0.0;
                for (int from = 0; from < ROW_QUADS; from++) sum += dot(rest_of(at + from), signal[from]);
                total[row] = sum;
                at += ROW_QUADS;
            }
            totals[quad] = total;
        }
        for (int quad = 0; quad < QUADS; quad++) signal[quad] = value_of(totals[quad] + rest_of(at++));
        for (int quad = 0; quad < ROW_QUADS - QUADS; quad++) signal[QUADS + quad] = signal[quad] * signal[quad];
    }
    vec4 logits = vec4(0.0, 0.0, 0.0, OPAQUE);
    for (int channel = 0; channel < OUTPUTS; channel++) {
        float sum = 0.0;
        for (int from = 0; from < ROW_QUADS; from++) sum += dot(rest_of(at + from), signal[from]);
        logits[channel] = sum;
        at += ROW_QUADS;
    }
    return logits + rest_of(at);
}

// Display-encoded colour and alpha of a pixel, counted from the top left; or its logits, where more are to be added.
vec4 colour_of(ivec2 pixel) {
    vec2 offset = bent ? texelFetch(offsets, pixel, 0).xy : (vec2(pixel) + 0.5) / vec2(size) - 0.5;
    vec4 before = begun ? texelFetch(below, pixel, 0) : vec4(0.0);
    if (offset.x > 1.0) return vec4(0.0); // the picture does not cover the pixel
#if PLATE
    OnPlate here = on_plate(pixel, size, nets);
    if (here.cell < 0) return before;
    int net = int(place_of(size.x + size.y + here.cell).x);
    if (net < 0) return before;
    return beside_gap(1.0 / (1.0 + exp(-logits_of(net, offset))), here.seen);
#else
    vec4 logits = before;
    for (int net = 0; net < nets; net++) logits += first_of(net * FIRST_SIZE + FIRST_UNITS).x * logits_of(net, offset);
    return ends ? 1.0 / (1.0 + exp(-logits)) : logits;
#endif
}
