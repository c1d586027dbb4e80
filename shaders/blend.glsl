// How a layer lies over what is below it, both in linear light 0..1: W3C Compositing and Blending Level 1, chapter 5,
// over an opaque backdrop: result = (1 - opacity) * below + opacity * blend(below, above).
// The numbers are the mixer's, in the order of frame.Blend.

vec3 blended(vec3 below, vec3 above, int blend, float opacity) {
    vec3 result = above;
    if (blend == 1) result = min(below + above, 1.0);
    if (blend == 2) result = below * above;
    if (blend == 3) result = below + above - below * above;
    if (blend == 4) result = abs(below - above);
    if (blend == 5) result = max(below, above);
    if (blend == 6) result = min(below, above);
    return mix(below, result, opacity);
}
