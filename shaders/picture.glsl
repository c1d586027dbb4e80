// What STACK layers show at this pixel, display-encoded: each a decoded picture, or PICTURES = 2 that are cross-faded.

uniform sampler2D pictures[STACK * PICTURES];
uniform vec3 rows[2 * STACK * PICTURES];  // per picture: what makes a pixel (x, y, 1) its u, then its v
uniform float shares[STACK];              // of the second of two

vec3 display_of_picture(sampler2D picture, int number) {
    vec3 pixel = vec3(gl_FragCoord.xy, 1.0);
    vec2 at = vec2(dot(rows[2 * number], pixel), dot(rows[2 * number + 1], pixel));
    return clamp(texture(picture, at).rgb, 0.0, 1.0);
}

// OpenGL 3.3 takes no variable index into samplers, so `layer` has to be a number as it stands.
#if PICTURES == 2
#define display_of_layer(layer) mix(display_of_picture(pictures[2 * layer], 2 * layer), \
    display_of_picture(pictures[2 * layer + 1], 2 * layer + 1), shares[layer])
#else
#define display_of_layer(layer) display_of_picture(pictures[layer], layer)
#endif
