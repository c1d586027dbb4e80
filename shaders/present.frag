#version 330 core
// A canvas in its part of a window. A window counts rows from the bottom, a canvas from the top.

uniform sampler2D canvas;
uniform vec4 area;  // of the canvas in the window: left, bottom, width, height in pixels

out vec4 colour;

void main() {
    vec2 at = (gl_FragCoord.xy - area.xy) / area.zw;
    colour = texture(canvas, vec2(at.x, 1.0 - at.y));
}
