#version 330 core
// Effects that look at a pixel's eight neighbours, at a distance that is the same share of every picture.

uniform sampler2D picture;
uniform int kind;
uniform vec4 values[2];
uniform vec2 step_size;  // to a neighbour, as shares of the picture

#include "effects/sharpen.glsl"
#include "effects/edges.glsl"

out vec4 colour;

float light_of(vec3 display) {
    return dot(display, vec3(0.2126, 0.7152, 0.0722));
}

void main() {
    vec2 place = gl_FragCoord.xy / vec2(textureSize(picture, 0));
    vec4 middle = texture(picture, place);
    vec3 sum = vec3(0.0);
    vec2 gradient = vec2(0.0);
    for (int down = -1; down <= 1; down++)
        for (int right = -1; right <= 1; right++) {
            vec3 seen = texture(picture, place + vec2(right, down) * step_size).rgb;
            sum += seen;
            gradient += vec2(right * (2 - abs(down)), down * (2 - abs(right))) * light_of(seen);
        }
    vec3 shown = kind == SHARPEN ? sharpen(middle.rgb, sum / 9.0, values[0].x) : edges(middle.rgb, gradient, values[0]);
    colour = vec4(clamp(shown, 0.0, 1.0), middle.a);
}
