// Light falls off towards the corners, which are at distance 1 from the middle whatever the shape of the picture.
vec3 vignette(vec3 colour, vec2 place, vec4 values) {
    float amount = values.x, radius = values.y, softness = values.z;
    float way = distance(place, vec2(0.5)) / 0.70710678;
    float share = smoothstep(radius - 0.5 * softness, radius + 0.5 * softness, way);
    return display_of(min(linear_of(clamp(colour, 0.0, 1.0)) * (1.0 - amount * share), 1.0));
}
