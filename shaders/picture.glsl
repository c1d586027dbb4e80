// The decoded pictures of a layer at this pixel, display-encoded: one, or two key pictures that cross-fade.
//
// STACK   how many layers a pass lays over each other
// PARTS   pictures per layer, 1 or 2

uniform sampler2D pictures[2 * STACK];
uniform vec3 rows[4 * STACK];   // per layer: what makes a pixel (x, y, 1) u and v in its first, then its second picture
uniform float shares[STACK];    // of the second picture

vec3 placed(sampler2D picture, int row) {
    vec3 pixel = vec3(gl_FragCoord.xy, 1.0);
    return texture(picture, vec2(dot(rows[row], pixel), dot(rows[row + 1], pixel))).rgb;
}

// OpenGL 3.3 takes no variable index into samplers, so they are named beside the layer's number.
vec3 display_of_layer(sampler2D first, sampler2D second, int layer) {
    vec3 display = placed(first, 4 * layer);
#if PARTS > 1
    display = mix(display, placed(second, 4 * layer + 2), shares[layer]);
#endif
    return clamp(display, 0.0, 1.0);
}
