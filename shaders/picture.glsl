// A decoded picture at this pixel, display-encoded. A row gives one texture coordinate of the pixel (x, y, 1).

vec3 placed(sampler2D picture, vec3 row_u, vec3 row_v) {
    vec3 pixel = vec3(gl_FragCoord.xy, 1.0);
    return texture(picture, vec2(dot(row_u, pixel), dot(row_v, pixel))).rgb;
}
