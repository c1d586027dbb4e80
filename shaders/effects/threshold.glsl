// Black below a level of light, white above, with a soft step between.
vec3 threshold(vec3 colour, vec4 values) {
    float half_step = max(0.5 * values.y, 0.002);
    float light = dot(clamp(colour, 0.0, 1.0), vec3(0.2126, 0.7152, 0.0722));
    return mix(colour, vec3(smoothstep(values.x - half_step, values.x + half_step, light)), values.z);
}
