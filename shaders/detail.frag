#version 330 core
// Effects that look at a pixel's eight neighbours, at a distance that is the same share of every picture.
//
// FINE    1: they are the next pixels; four samples between them hold all eight, in place of nine

uniform sampler2D picture;
uniform vec4 values[2];
uniform vec2 step_size;  // to a neighbour, as shares of the picture

#include "effects/sharpen.glsl"
#include "effects/edges.glsl"

out vec4 colour;

vec2 place;

vec3 seen_at(float right, float down) {
    return texture(picture, place + vec2(right, down) * step_size).rgb;
}

float light_of(vec3 display) {
    return dot(display, vec3(0.2126, 0.7152, 0.0722));
}

// The mean of all nine.
vec3 mean() {
#if FINE
    return (4.0 * seen_at(-0.5, -0.5) + 2.0 * (seen_at(1.0, -0.5) + seen_at(-0.5, 1.0)) + seen_at(1.0, 1.0)) / 9.0;
#else
    vec3 sum = vec3(0.0);
    for (int down = -1; down <= 1; down++)
        for (int right = -1; right <= 1; right++) sum += seen_at(right, down);
    return sum / 9.0;
#endif
}

// How light changes to the right and down (Sobel).
vec2 gradient() {
#if FINE
    float upper_left = light_of(seen_at(-0.5, -0.5)), upper_right = light_of(seen_at(0.5, -0.5));
    float lower_left = light_of(seen_at(-0.5, 0.5)), lower_right = light_of(seen_at(0.5, 0.5));
    return 4.0 * vec2(upper_right + lower_right - upper_left - lower_left, lower_left + lower_right - upper_left - upper_right);
#else
    vec2 sum = vec2(0.0);
    for (int down = -1; down <= 1; down++)
        for (int right = -1; right <= 1; right++)
            sum += vec2(right * (2 - abs(down)), down * (2 - abs(right))) * light_of(seen_at(right, down));
    return sum;
#endif
}

void main() {
    place = gl_FragCoord.xy / vec2(textureSize(picture, 0));
    vec4 middle = texture(picture, place);
    vec3 shown = KIND == SHARPEN ? sharpen(middle.rgb, mean(), values[0].x) : edges(middle.rgb, gradient(), values[0]);
    colour = vec4(clamp(shown, 0.0, 1.0), middle.a);
}
