// A grain's light is a hash of its place and of the frame (lowbias32, Wellons 2018): nothing repeats, and the same frame
// always has the same grains. Strongest in the middle greys, none in black and white, as film has it.
uint hash_of(uint value) {
    value ^= value >> 16; value *= 0x7feb352du;
    value ^= value >> 15; value *= 0x846ca68bu;
    return value ^ (value >> 16);
}

vec3 grain(vec3 colour, vec2 pixel, vec4 values, uint moment) {
    uvec2 cell = uvec2(pixel / max(values.y * short_side(), 1.0));
    uint noise = hash_of(cell.x + hash_of(cell.y + hash_of(moment)));
    float light = dot(clamp(colour, 0.0, 1.0), vec3(0.2126, 0.7152, 0.0722));
    return colour + values.x * 4.0 * light * (1.0 - light) * (float(noise >> 8) / 16777216.0 - 0.5);
}
