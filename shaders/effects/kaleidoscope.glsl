// Where a place of the picture is read from: angles around the middle are folded into one sector, mirrored every second time.
vec2 kaleidoscope(vec2 place, vec4 values) {
    vec2 from_middle = (place - 0.5) * vec2(aspect, 1.0);
    float sector = 3.14159265 / floor(values.x + 0.5);
    float angle = mod(atan(from_middle.y, from_middle.x), 2.0 * sector);
    angle = min(angle, 2.0 * sector - angle) + radians(values.y);
    vec2 folded = length(from_middle) * vec2(cos(angle), sin(angle)) / vec2(aspect, 1.0) + 0.5;
    // What lies beyond the picture is its mirror picture.
    return mix(place, 1.0 - abs(mod(folded, 2.0) - 1.0), values.z);
}
