#version 330 core
// One picture decoded for just these pixels: texel for pixel, no filter, no colour conversion.
#include "dither.glsl"
#include "effects/chain.glsl"

uniform sampler2D picture;
uniform ivec2 origin;  // of the picture in what is drawn into

out vec4 colour;

void main() {
    vec3 display = texelFetch(picture, ivec2(gl_FragCoord.xy) - origin, 0).rgb;
    colour = vec4(dithered(chained(display)), 1.0);
}
