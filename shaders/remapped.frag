#version 330 core
// Effects that look elsewhere in the picture: four samples a pixel, since they may make it small.

uniform sampler2D picture;
uniform int kind;
uniform vec4 values[2];
uniform float aspect;  // width / height of the picture

#include "effects/tile.glsl"
#include "effects/kaleidoscope.glsl"

out vec4 colour;

vec2 remapped(vec2 place) {
    return kind == TILE ? tile(place, values[0]) : kaleidoscope(place, values[0]);
}

void main() {
    vec2 size = vec2(textureSize(picture, 0));
    vec4 sum = vec4(0.0);
    for (int sample_number = 0; sample_number < 4; sample_number++) {
        vec2 within = vec2(sample_number & 1, sample_number >> 1) * 0.5 - 0.25;
        vec4 seen = texture(picture, remapped((gl_FragCoord.xy + within) / size));
        sum += vec4(seen.rgb * seen.a, seen.a);
    }
    colour = vec4(sum.rgb / max(sum.a, 1e-4), 0.25 * sum.a);
}
