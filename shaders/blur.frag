#version 330 core
// A step of a blur: along one direction, weighted by a Gauss bell of so many pixels; light times alpha.

uniform sampler2D picture;
uniform vec2 direction;  // to the next pixel, as shares of the picture
uniform float sigma;     // in pixels

out vec4 colour;

void main() {
    vec2 place = gl_FragCoord.xy / vec2(textureSize(picture, 0));
    vec4 sum = vec4(0.0);
    float weights = 0.0;
    int reach = int(ceil(3.0 * sigma));
    for (int i = -reach; i <= reach; i++) {
        float weight = exp(-0.5 * float(i * i) / (sigma * sigma));
        sum += weight * texture(picture, place + float(i) * direction);
        weights += weight;
    }
    colour = sum / weights;
}
