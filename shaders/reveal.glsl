// How much of a cue is seen at this pixel while it comes in. The CPU gives, per kind, the position of the edge
// (0..1 + softness), and `axis`, so that a wipe needs no size here. The numbers are the mixer's.
// A push is no mask: it moves rectangles, see regions.py.

const int WHOLE = 0, DISSOLVE = 1, WIPE = 2, IRIS = 3, LUMA = 4;

float revealed(int kind, float edge, float softness, vec3 axis, vec3 cue) {
    if (kind == WHOLE) return 1.0;
    if (kind == DISSOLVE) return edge;
    float way = dot(axis, vec3(gl_FragCoord.xy, 1.0));
    if (kind == IRIS) way = length(gl_FragCoord.xy - axis.xy) * axis.z;
    if (kind == LUMA) way = 1.0 - sqrt(luminance_of(cue));  // bright parts first; the root evens out the pace
    return 1.0 - smoothstep(edge - softness, edge, way);
}
