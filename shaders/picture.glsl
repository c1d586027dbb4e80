// The decoded pictures of STACK layers at this pixel, display-encoded.

uniform sampler2D pictures[STACK];
uniform vec3 rows[2 * STACK];  // per picture: what makes a pixel (x, y, 1) its u, then its v

// OpenGL 3.3 takes no variable index into samplers, so one is named beside its number.
vec3 display_of_picture(sampler2D picture, int number) {
    vec3 pixel = vec3(gl_FragCoord.xy, 1.0);
    vec2 at = vec2(dot(rows[2 * number], pixel), dot(rows[2 * number + 1], pixel));
    return clamp(texture(picture, at).rgb, 0.0, 1.0);
}
