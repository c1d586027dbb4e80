#version 330 core
// Pointwise effects between others, as a pass of their own.
#include "effects/chain.glsl"

uniform sampler2D picture;

out vec4 colour;

void main() {
    vec4 seen = texelFetch(picture, ivec2(gl_FragCoord.xy), 0);
    colour = vec4(chained(seen.rgb), seen.a);
}
