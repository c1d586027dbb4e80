// What STACK layers show at this pixel, display-encoded: each a decoded picture, or PICTURES = 2 that are cross-faded.

uniform sampler2D pictures[STACK * PICTURES];
uniform float shares[STACK];              // of the second of two

noperspective in vec2 places[STACK * PICTURES];  // where this pixel lies in each, from its top left, 0..1

vec3 display_of_picture(sampler2D picture, vec2 place) {
    return clamp(texture(picture, place).rgb, 0.0, 1.0);
}

// OpenGL 3.3 takes no variable index into samplers, so `number` and `layer` have to be numbers as they stand.
#define display_of_number(number) display_of_picture(pictures[number], places[number])
#if PICTURES == 2
#define display_of_layer(layer) mix(display_of_number(2 * layer), display_of_number(2 * layer + 1), shares[layer])
#else
#define display_of_layer(layer) display_of_number(layer)
#endif
