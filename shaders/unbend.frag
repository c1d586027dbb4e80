#version 330 core
// A picture that was drawn for a monitor's own pixels, straight again: each pixel looks where the monitor shows it.

uniform sampler2D monitor;
uniform sampler2D places; // an even grid over the picture: places on the monitor times w, and w
uniform vec2 size;        // of the picture in pixels

out vec4 colour;

void main() {
    vec2 at = gl_FragCoord.xy / size;
    vec2 cells = vec2(textureSize(places, 0) - 1);
    vec3 place = texture(places, (at * cells + 0.5) / (cells + 1.0)).xyz;
    colour = texture(monitor, place.xy / place.z);
}
