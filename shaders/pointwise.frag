#version 330 core
// Effects that need of each pixel nothing but itself, one after the other in one pass. Which ones they are is told in
// numbers, so that one program draws any of them: `kinds` are their places in the table, `values` two vec4s each.
#include "colour.glsl"

uniform sampler2D picture;
uniform int count;
uniform int kinds[MAX_EFFECTS];
uniform int moments[MAX_EFFECTS];
uniform vec4 values[2 * MAX_EFFECTS];
uniform float short_side;  // of the picture, in pixels

#include "effects/grade.glsl"
#include "effects/vignette.glsl"
#include "effects/grain.glsl"
#include "effects/threshold.glsl"
#include "effects/posterize.glsl"

out vec4 colour;

void main() {
    vec4 seen = texelFetch(picture, ivec2(gl_FragCoord.xy), 0);
    vec2 place = gl_FragCoord.xy / vec2(textureSize(picture, 0));
    vec3 shown = seen.rgb;
    for (int i = 0; i < count; i++) {
        if (kinds[i] == GRADE) shown = grade(shown, values[2 * i], values[2 * i + 1]);
        else if (kinds[i] == VIGNETTE) shown = vignette(shown, place, values[2 * i]);
        else if (kinds[i] == GRAIN) shown = grain(shown, gl_FragCoord.xy, values[2 * i], uint(moments[i]));
        else if (kinds[i] == THRESHOLD) shown = threshold(shown, values[2 * i]);
        else if (kinds[i] == POSTERIZE) shown = posterize(shown, values[2 * i]);
        shown = clamp(shown, 0.0, 1.0);
    }
    colour = vec4(shown, seen.a);
}
