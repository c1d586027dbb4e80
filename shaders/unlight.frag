#version 330 core
// The end of a blur that was drawn small: display values and alpha, at the picture's own size.
#include "colour.glsl"

uniform sampler2D picture;
uniform vec2 size;  // of what is drawn, in pixels

out vec4 colour;

void main() {
    colour = straight_display_of(texture(picture, gl_FragCoord.xy / size));
}
