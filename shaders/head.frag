#version 330 core
// A canvas on a monitor as the rig wants it: corners, rotation, white, curve, soft edges, lifted black.
// A window counts rows from the bottom, a canvas from the top.

#include "colour.glsl"

uniform sampler2D canvas;
uniform vec2 size;         // of the window in pixels
uniform mat3 to_picture;   // from the monitor to the picture, both 0..1 from the top left
uniform int quarter_turns; // of the picture, clockwise
uniform vec4 edges;        // left, top, right, bottom: widths in fractions of the picture
uniform float edge_gamma;
uniform float black_lift;
uniform vec3 white;
uniform float curve;

out vec4 colour;

// The share of the light that this picture has in an edge: with the neighbour's it is one everywhere.
float share(float into, float width) {
    return width > 0.0 ? smoothstep(0.0, 1.0, into / width) : 1.0;
}

void main() {
    vec2 monitor = vec2(gl_FragCoord.x, size.y - gl_FragCoord.y) / size;
    vec3 projected = to_picture * vec3(monitor, 1.0);
    vec2 at = projected.xy / projected.z;
    if (any(lessThan(at, vec2(0.0))) || any(greaterThan(at, vec2(1.0)))) {
        colour = vec4(0.0, 0.0, 0.0, 1.0);
        return;
    }
    vec2 in_canvas = quarter_turns == 0 ? at : quarter_turns == 1 ? vec2(at.y, 1.0 - at.x)
        : quarter_turns == 2 ? 1.0 - at : vec2(1.0 - at.y, at.x);
    vec3 light = linear_of(texture(canvas, in_canvas).rgb) * white;
    vec3 signal = pow(display_of(light), vec3(curve));
    float light_share = share(at.x, edges.x) * share(at.y, edges.y) * share(1.0 - at.x, edges.z) * share(1.0 - at.y, edges.w);
    float lift = light_share < 1.0 ? 0.0 : black_lift;
    colour = vec4(lift + (1.0 - lift) * signal * pow(light_share, 1.0 / edge_gamma), 1.0);
}
