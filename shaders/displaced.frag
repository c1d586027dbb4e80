#version 330 core
// A picture pushed aside by another: as far as that is lighter than a middle grey one way, as it is darker the other. Where
// it is transparent nothing moves.

uniform sampler2D picture;
uniform sampler2D guide;
uniform vec2 by_light;    // how far white pushes, as shares of the picture
uniform vec2 by_colours;  // how far red pushes to the right, and green down

out vec4 colour;

void main() {
    vec2 place = gl_FragCoord.xy / vec2(textureSize(picture, 0));
    vec4 told = texture(guide, place);
    vec3 way = told.a * (2.0 * told.rgb - 1.0);
    colour = texture(picture, place - dot(way, vec3(0.2126, 0.7152, 0.0722)) * by_light - way.rg * by_colours);
}
