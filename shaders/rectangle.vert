#version 330 core

// The whole viewport from four vertices without a buffer: draw a triangle strip of 4.
void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    gl_Position = vec4(2.0 * corner - 1.0, 0.0, 1.0);
}
