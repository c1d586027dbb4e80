#version 330 core
// A rectangle, with the place of each of its pixels in every picture. Working that out for each pixel would take a processor
// that draws a fifth longer (llvmpipe, two pictures on 640x360: 5.4 in place of 4.2 ms).

uniform vec4 region;                      // on the canvas, in pixels: left, top, width, height
uniform vec3 rows[2 * STACK * PICTURES];  // per picture: what makes a pixel (x, y, 1) its u, then its v

noperspective out vec2 places[STACK * PICTURES];

void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    vec3 pixel = vec3(region.xy + corner * region.zw, 1.0);
    for (int number = 0; number < STACK * PICTURES; number++)
        places[number] = vec2(dot(rows[2 * number], pixel), dot(rows[2 * number + 1], pixel));
    gl_Position = vec4(2.0 * corner - 1.0, 0.0, 1.0);
}
