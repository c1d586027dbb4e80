#version 330 core
// A step of a blur: along one direction, weighted by a Gauss bell; light times alpha. Each sample lies between two pixels
// and holds both.
//
// LAST    1: what it gives are display values and alpha
#include "colour.glsl"

uniform sampler2D picture;
uniform vec2 direction;  // to the next pixel, as shares of the picture
uniform float middle;    // the weight of the pixel itself
uniform vec2 taps[PAIRS];  // of two pixels on either side: how far away, in pixels, and their weight

out vec4 colour;

void main() {
    vec2 place = gl_FragCoord.xy / vec2(textureSize(picture, 0));
    vec4 sum = middle * texture(picture, place);
    for (int i = 0; i < PAIRS; i++) {
        vec2 away = taps[i].x * direction;
        sum += taps[i].y * (texture(picture, place + away) + texture(picture, place - away));
    }
#if LAST
    colour = straight_display_of(sum);
#else
    colour = sum;
#endif
}
