// How a layer lies over what is below it, both in linear light 0..1: W3C Compositing and Blending Level 1, chapter 5,
// over an opaque backdrop: (1 - opacity) * below + opacity * blend(below, above).
//
// Every blend is a sum of four terms with the factors that the mixer gives, so that nothing branches:
// below, above, below * above, |below - above|. Lighten, for one, is half of below + above + |below - above|.

vec3 blended(vec3 below, vec3 above, vec4 blend, float opacity) {
    vec3 sum = blend.x * below + blend.y * above + blend.z * below * above + blend.w * abs(below - above);
    return mix(below, min(sum, 1.0), opacity);
}
