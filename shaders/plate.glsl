// Where a pixel lies on a plate. The including shader says where the plate's table lies: a pixel's place is
// place_of(column) + place_of(width + row): cells and 2^-32 of a cell, to the right and down. Whole numbers, so that every
// decoder finds the same cell (picture/decoding/plates.py). Behind them every cell has four numbers of its own.

uniform int columns;  // of the plate
uniform vec2 cell_px; // a cell's width and height in pixels
uniform float gap_px;
uniform bool alpha;   // the picture has it

struct OnPlate {
    int cell;   // counted row by row; -1 outside
    float seen; // the share that the gap leaves of the pixel
};

OnPlate on_plate(ivec2 pixel, ivec2 size, int cells) {
    uvec4 across = place_of(pixel.x), down = place_of(size.x + pixel.y);
    uvec2 part = across.yw + down.yw;
    ivec2 place = ivec2(across.xz + down.xz + uvec2(lessThan(part, down.yw))); // less: it ran over
    int cell = place.y * columns + place.x;
    if (place.x < 0 || place.x >= columns || place.y < 0 || cell >= cells) return OnPlate(-1, 0.0);
    vec2 border = vec2(min(part, 0u - part)) / 4294967296.0 * cell_px;
    vec2 dark = clamp(min(border + 0.5, 0.5 * gap_px) - max(border - 0.5, -0.5 * gap_px), 0.0, 1.0);
    return OnPlate(cell, (1.0 - dark.x) * (1.0 - dark.y));
}

// A cell's colour beside the gap, which is black, or transparent.
vec4 beside_gap(vec4 colour, float seen) {
    return colour * (alpha ? vec4(1.0, 1.0, 1.0, seen) : vec4(seen));
}
