// Where a place of the picture is read from: the whole of it stands so often across and down, around the middle.
vec2 tile(vec2 place, vec4 values) {
    vec2 at = (place - 0.5) * values.x - values.yz + 0.5;
    vec2 tile_number = floor(at), part = at - tile_number;
    vec2 odd = mod(tile_number, 2.0) * values.w;
    return mix(part, 1.0 - part, odd);
}
