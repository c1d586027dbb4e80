#version 330 core
// A canvas on a monitor as the rig wants it: white, curve, colour table, soft edges, lifted black, masks. What they make
// of the canvas's steps lies between the monitor's, so it is dithered.
// COLOURED says whether there is anything of white, curve and table to do, SHADED of the rest. A branch would not save
// their time where a processor draws.
#include "colour.glsl"
#include "dither.glsl"

uniform sampler2D canvas;
uniform bool bent;         // the canvas has a texel for each pixel of the monitor
uniform vec4 part;         // of the canvas that is the picture: left, top, width, height in fractions
uniform vec4 edges;        // left, top, right, bottom: widths in fractions of the picture
uniform float edge_gamma;
uniform float black_lift;
uniform vec3 white;
uniform vec3 curve;
uniform int lut_dimensions; // 0 = none
uniform float lut_size;
uniform vec3 lut_low;
uniform vec3 lut_high;
uniform sampler2D lut_1d;
uniform sampler3D lut_3d;
uniform bool masked;
uniform sampler2D mask;

noperspective in vec2 monitor;
in vec2 picture;
out vec4 colour;

// The share of the light that this picture has in an edge: with the neighbour's it is one everywhere.
float share(float into, float width) {
    return width > 0.0 ? smoothstep(0.0, 1.0, into / width) : 1.0;
}

// Linear between the entries, the first and the last of which lie half a texel inside the texture.
vec3 looked_up(vec3 signal) {
    vec3 at = (clamp((signal - lut_low) / (lut_high - lut_low), 0.0, 1.0) * (lut_size - 1.0) + 0.5) / lut_size;
    if (lut_dimensions == 3)
        return texture(lut_3d, at).rgb;
    return vec3(texture(lut_1d, vec2(at.r, 0.5)).r, texture(lut_1d, vec2(at.g, 0.5)).g, texture(lut_1d, vec2(at.b, 0.5)).b);
}

void main() {
    vec3 signal = texture(canvas, bent ? monitor : part.xy + part.zw * picture).rgb;
#if COLOURED
    signal = pow(display_of(linear_of(signal) * white), curve);
    if (lut_dimensions > 0)
        signal = clamp(looked_up(signal), 0.0, 1.0);
#endif
#if SHADED
    vec2 far = 1.0 - picture;
    float light_share = share(picture.x, edges.x) * share(picture.y, edges.y) * share(far.x, edges.z) * share(far.y, edges.w);
    float lift = light_share < 1.0 ? 0.0 : black_lift;
    signal = lift + (1.0 - lift) * signal * pow(light_share, 1.0 / edge_gamma);
    if (masked)
        signal *= pow(texture(mask, monitor).r, 1.0 / edge_gamma);
#endif
#if COLOURED || SHADED
    signal = dithered(signal);
#endif
    colour = vec4(signal, 1.0);
}
