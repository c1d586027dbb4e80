#version 330 core
// Decode a picture where there are no compute shaders: numbers from textures of ROW texels a row, rows from the top.

uniform sampler2D first_weights;
uniform sampler2D rest_weights;
uniform usampler2D places;

vec4 first_of(int index) { return texelFetch(first_weights, ivec2(index % ROW, index / ROW), 0); }
vec4 rest_of(int index) { return texelFetch(rest_weights, ivec2(index % ROW, index / ROW), 0); }
uvec4 place_of(int index) { return texelFetch(places, ivec2(index % ROW, index / ROW), 0); }

#include "cppn.glsl"

out vec4 colour;

void main() {
    colour = colour_of(ivec2(gl_FragCoord.xy));
}
