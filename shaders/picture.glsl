// What STACK layers show at this pixel, display-encoded: each a decoded picture, or PICTURES = 2 that are cross-faded.

uniform sampler2D pictures[STACK * PICTURES];
uniform float shares[STACK];              // of the second of two

noperspective in vec2 places[STACK * PICTURES];  // where this pixel lies in each, from its top left, 0..1

// Colour and alpha, the colour not multiplied with it. Who reads the colour alone pays for nothing else.
vec4 seen_of_picture(sampler2D picture, vec2 place) {
    return clamp(texture(picture, place), 0.0, 1.0);
}

// Of two pictures each counts as far as it is seen: what is transparent has no colour to fade from.
vec4 faded(vec4 first, vec4 second, float share) {
    float alpha = mix(first.a, second.a, share);
    return vec4(mix(first.rgb, second.rgb, share * second.a / max(alpha, 1e-4)), alpha);
}

// OpenGL 3.3 takes no variable index into samplers, so `number` and `layer` have to be numbers as they stand.
#define seen_of_number(number) seen_of_picture(pictures[number], places[number])
#if PICTURES == 2
#define seen_of_layer(layer) faded(seen_of_number(2 * layer), seen_of_number(2 * layer + 1), shares[layer])
#define display_of_layer(layer) mix(seen_of_number(2 * layer).rgb, seen_of_number(2 * layer + 1).rgb, shares[layer])
#else
#define seen_of_layer(layer) seen_of_number(layer)
#define display_of_layer(layer) seen_of_number(layer).rgb
#endif
