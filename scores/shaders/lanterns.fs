/*{
    "DESCRIPTION": "Lights that rise and sway. A small pass says how near the next one is, a large one draws them sharp",
    "CREDIT": "The Neural Image",
    "ISFVSN": "2",
    "CATEGORIES": ["Generator"],
    "INPUTS": [
        {"NAME": "tint", "TYPE": "color", "DEFAULT": [1.0, 0.62, 0.25, 1.0], "LABEL": "Their colour."},
        {"NAME": "count", "TYPE": "long", "DEFAULT": 16, "MIN": 1, "MAX": 32, "LABEL": "How many there are."},
        {"NAME": "rise", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0, "LABEL": "Heights of the picture a second."},
        {"NAME": "glow", "TYPE": "bool", "DEFAULT": true, "LABEL": "Whether they light what is around them."}
    ],
    "PASSES": [
        {"TARGET": "near", "FLOAT": true, "WIDTH": "floor($WIDTH / 4.0)", "HEIGHT": "floor($HEIGHT / 4.0)"},
        {}
    ]
}*/

float chance(float number) {
    return fract(sin(number * 12.9898) * 43758.5453);
}

// How near the next lantern is, 1 in its middle and 0 at the end of its glow, and how much light falls here from all.
vec2 near_to(vec2 place) {
    vec2 shape = vec2(RENDERSIZE.x / RENDERSIZE.y, 1.0);
    vec2 found = vec2(0.0);
    for (int i = 0; i < 32; i++) {
        if (i >= count) break;
        float own = float(i) + 1.0, size = 0.3 + 0.7 * chance(own * 7.0);
        vec2 at = vec2(chance(own), fract(chance(own * 3.0) + TIME * rise * size) * 1.3 - 0.15);
        at.x += 0.02 * sin(TIME * (0.5 + chance(own * 5.0)) + own);
        float near = max(1.0 - length((place - at) * shape) / (0.2 * size), 0.0);
        found = vec2(max(found.x, near), found.y + size * near * near);
    }
    return found;
}

void main() {
    if (PASSINDEX == 0) {
        gl_FragColor = vec4(near_to(isf_FragNormCoord), 0.0, 1.0);
        return;
    }
    vec2 found = IMG_THIS_PIXEL(near).rg;
    float core = smoothstep(0.82, 0.88, found.x);
    float seen = clamp(core + (glow ? 0.6 * found.y : 0.0), 0.0, 1.0);
    gl_FragColor = vec4(mix(tint.rgb, vec3(1.0), 0.7 * core), tint.a * seen);
}
