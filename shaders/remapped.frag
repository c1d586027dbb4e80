#version 330 core
// Effects that look elsewhere in the picture; with SAMPLES a side for those that make it small.

uniform sampler2D picture;
uniform vec4 values[2];
uniform float aspect;  // width / height of the picture

#include "effects/tile.glsl"
#include "effects/kaleidoscope.glsl"

const int SAMPLES = KIND == TILE ? 2 : 1;

out vec4 colour;

vec2 remapped(vec2 place) {
    return KIND == TILE ? tile(place, values[0]) : kaleidoscope(place, values[0]);
}

void main() {
    vec2 size = vec2(textureSize(picture, 0));
    vec4 sum = vec4(0.0);
    for (int down = 0; down < SAMPLES; down++)
        for (int right = 0; right < SAMPLES; right++) {
            vec2 within = (vec2(right, down) + 0.5) / float(SAMPLES) - 0.5;
            vec4 seen = texture(picture, remapped((gl_FragCoord.xy + within) / size));
            sum += vec4(seen.rgb * seen.a, seen.a);
        }
    colour = vec4(sum.rgb / max(sum.a, 1e-4), sum.a / float(SAMPLES * SAMPLES));
}
