// Each colour in so many even steps, black and white among them.
vec3 posterize(vec3 colour, vec4 values) {
    float steps = floor(values.x + 0.5);
    vec3 stepped = min(floor(clamp(colour, 0.0, 1.0) * steps), steps - 1.0) / (steps - 1.0);
    return mix(colour, stepped, values.y);
}
