// From float to the 256 steps of a panel: the rounding threshold changes from pixel to pixel and frame to frame, so
// that slow gradients show no bands. Exact steps, black and white among them, stay as they are.
//
// The thresholds are Roberts' R2 sequence (2018) over x, y and time in integers: spread like blue noise, without a
// texture, and the same number on every machine. A little less than a whole step, for the rounding in colour.glsl.

#include "window.glsl"

uniform uint dither_frame;
uniform float dither_strength;  // 1 = dithered, 0 = rounded

vec3 dithered(vec3 display) {
    uvec2 pixel = uvec2(output_pixel());
    uint phase = pixel.x * 3242174889u + pixel.y * 2447445414u + dither_frame * 2654435769u;
    float threshold = float(phase >> 8) / 16777216.0 - 0.5;
    return clamp(display, 0.0, 1.0) + dither_strength * 0.97 * threshold / 255.0;
}
