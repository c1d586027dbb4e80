#version 330 core
// A step of a blur: half the size, each pixel the mean light of four; the first step turns display values into light
// times alpha, which is what may be averaged.
#include "colour.glsl"

uniform sampler2D picture;
uniform vec2 size;      // of what is drawn, in pixels
uniform bool is_light;  // whether the picture is light times alpha already
uniform bool halves;    // else the size stays

out vec4 colour;

vec4 light_at(vec2 place) {
    vec4 seen = texture(picture, place);
    return is_light ? seen : vec4(linear_of(clamp(seen.rgb, 0.0, 1.0)) * seen.a, seen.a);
}

void main() {
    vec2 place = gl_FragCoord.xy / size;
    if (!halves) {
        colour = light_at(place);
        return;
    }
    vec2 quarter = 0.25 / size;
    colour = 0.25 * (light_at(place + quarter) + light_at(place - quarter)
                   + light_at(place + vec2(quarter.x, -quarter.y)) + light_at(place + vec2(-quarter.x, quarter.y)));
}
