/*{
    "DESCRIPTION": "Rings that run outwards over a picture, as on water",
    "CREDIT": "The Neural Image",
    "ISFVSN": "2",
    "CATEGORIES": ["Distortion"],
    "INPUTS": [
        {"NAME": "inputImage", "TYPE": "image"},
        {"NAME": "amount", "TYPE": "float", "DEFAULT": 0.03, "MIN": 0.0, "MAX": 0.2, "LABEL": "How far the picture is pushed."},
        {"NAME": "waves", "TYPE": "float", "DEFAULT": 24.0, "MIN": 1.0, "MAX": 100.0, "LABEL": "Rings across the short side."},
        {"NAME": "speed", "TYPE": "float", "DEFAULT": 0.5, "MIN": -4.0, "MAX": 4.0, "LABEL": "Rings a second, times two pi."},
        {"NAME": "centre", "TYPE": "point2D", "DEFAULT": [0.5, 0.5], "MIN": [0, 0], "MAX": [1, 1], "LABEL": "Where they begin."}
    ]
}*/

void main() {
    vec2 shape = RENDERSIZE / min(RENDERSIZE.x, RENDERSIZE.y);
    vec2 way = (isf_FragNormCoord - centre) * shape;
    float far = length(way);
    float push = amount * sin(far * waves - TIME * speed * 6.2831853) * smoothstep(0.0, 0.1, far);
    gl_FragColor = IMG_NORM_PIXEL(inputImage, isf_FragNormCoord + push * normalize(way + 1e-6) / shape);
}
