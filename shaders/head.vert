#version 330 core
// A picture over a monitor as flat cells between places that were computed beforehand: six vertices for every cell.

uniform sampler2D places;  // a texel for each place: x, y from the monitor's top left, 0..1, both times w; and w

noperspective out vec2 monitor;  // from its top left, 0..1
out vec2 picture;                // from its top left, 0..1: a place's w makes the way between two places perspective

void main() {
    ivec2 cells = textureSize(places, 0) - 1;
    int cell = gl_VertexID / 6, corner = gl_VertexID % 6;
    ivec2 step = corner < 3 ? ivec2(corner & 1, corner >> 1) : ivec2(1 - (corner - 3 & 1), 1 - (corner - 3 >> 1));
    ivec2 at = ivec2(cell % cells.x, cell / cells.x) + step;
    vec3 place = texelFetch(places, at, 0).xyz;
    monitor = place.xy / place.z;
    picture = vec2(at) / vec2(cells);
    gl_Position = vec4(2.0 * place.x - place.z, place.z - 2.0 * place.y, 0.0, place.z);
}
