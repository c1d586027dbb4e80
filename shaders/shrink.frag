#version 330 core
// A small copy of a canvas: every pixel is the mean of what it covers, taps x taps of it, four pixels a tap.

uniform sampler2D picture;
uniform vec2 corner;  // of the copy on the sheet, in pixels
uniform vec2 size;  // of the copy, in pixels
uniform int taps;

out vec4 colour;

void main() {
    vec2 from = (gl_FragCoord.xy - 0.5 - corner) / size;
    vec3 sum = vec3(0.0);
    for (int y = 0; y < taps; y++)
        for (int x = 0; x < taps; x++)
            sum += texture(picture, from + (vec2(x, y) + 0.5) / (float(taps) * size)).rgb;
    colour = vec4(sum / float(taps * taps), 1.0);
}
