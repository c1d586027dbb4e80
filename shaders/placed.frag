#version 330 core
// A canvas where it hangs, turned about its middle. A window counts rows from the bottom, a canvas from the top.

uniform sampler2D canvas;
uniform vec2 middle;  // of the canvas in the window, in pixels from the bottom left
uniform vec2 size;    // in pixels
uniform vec2 turn;    // cosine and sine of the angle, clockwise

out vec4 colour;

void main() {
    vec2 from = vec2(gl_FragCoord.x - middle.x, middle.y - gl_FragCoord.y);
    vec2 at = vec2(turn.x * from.x + turn.y * from.y, turn.x * from.y - turn.y * from.x) / size + 0.5;
    if (any(lessThan(at, vec2(0.0))) || any(greaterThan(at, vec2(1.0))))
        discard;
    colour = texture(canvas, at);
}
