#version 330 core
// A picture as far as its matte lets it be seen: by the light of that, or by its alpha.
#include "colour.glsl"

uniform sampler2D picture;
uniform sampler2D matte;
uniform bool by_alpha;
uniform bool inverted;

out vec4 colour;

void main() {
    vec4 seen = texelFetch(picture, ivec2(gl_FragCoord.xy), 0);
    vec4 told = texelFetch(matte, ivec2(gl_FragCoord.xy), 0);
    float share = by_alpha ? told.a : told.a * dot(told.rgb, vec3(0.2126, 0.7152, 0.0722));
    colour = vec4(seen.rgb, seen.a * (inverted ? 1.0 - share : share));
}
