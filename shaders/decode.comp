#version 430 core
// Decode a picture where there are compute shaders: numbers from buffers.

layout(local_size_x = 8, local_size_y = 8) in;
layout(std430, binding = 0) readonly buffer First { vec4 first_weights[]; };
layout(std430, binding = 1) readonly buffer Rest { vec4 rest_weights[]; };
layout(std430, binding = 2) readonly buffer Places { uvec4 places[]; };
layout(rgba16f, binding = 0) writeonly uniform image2D picture;

vec4 first_of(int index) { return first_weights[index]; }
vec4 rest_of(int index) { return rest_weights[index]; }
uvec4 place_of(int index) { return places[index]; }

#include "cppn.glsl"

void main() {
    ivec2 pixel = ivec2(gl_GlobalInvocationID.xy);
    if (any(greaterThanEqual(pixel, size))) return;
    imageStore(picture, pixel, colour_of(pixel));
}
