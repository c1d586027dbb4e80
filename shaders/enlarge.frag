#version 330 core
// A small picture at FACTOR times its size, once when it arrives: cubic Catmull-Rom, so that drawing it with the
// card's linear filter at every frame looks smooth. Edges repeat the last texel.

uniform sampler2D picture;

out vec4 colour;

vec4 weights(float t) {
    vec4 powers = vec4(1.0, t, t * t, t * t * t);
    return 0.5 * vec4(
        dot(powers, vec4(0.0, -1.0, 2.0, -1.0)),
        dot(powers, vec4(2.0, 0.0, -5.0, 3.0)),
        dot(powers, vec4(0.0, 1.0, 4.0, -3.0)),
        dot(powers, vec4(0.0, 0.0, -1.0, 1.0))
    );
}

void main() {
    ivec2 last = textureSize(picture, 0) - 1;
    vec2 at = gl_FragCoord.xy / FACTOR - 0.5;
    ivec2 first = ivec2(floor(at)) - 1;
    vec4 across = weights(fract(at.x)), down = weights(fract(at.y));
    vec3 sum = vec3(0.0);
    for (int y = 0; y < 4; y++)
        for (int x = 0; x < 4; x++)
            sum += across[x] * down[y] * texelFetch(picture, clamp(first + ivec2(x, y), ivec2(0), last), 0).rgb;
    colour = vec4(clamp(sum, 0.0, 1.0), 1.0);
}
