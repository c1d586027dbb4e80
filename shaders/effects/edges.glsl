// The length of the gradient of light (Sobel), over the picture or alone.
vec3 edges(vec3 middle, vec2 gradient, vec4 values) {
    return mix(middle, vec3(min(values.y * 0.25 * length(gradient), 1.0)), values.x);
}
