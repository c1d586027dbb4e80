#version 330 core
// The end of a blur: light times alpha as display values and alpha, at the picture's own size.
#include "colour.glsl"

uniform sampler2D picture;
uniform vec2 size;  // of what is drawn, in pixels

out vec4 colour;

void main() {
    vec4 light = texture(picture, gl_FragCoord.xy / size);
    colour = vec4(display_of(clamp(light.rgb / max(light.a, 1e-4), 0.0, 1.0)), clamp(light.a, 0.0, 1.0));
}
