// Where a pixel lies on its output: what is drawn into may be a window onto a larger one (mixing/window.py).

uniform vec2 window;  // its top left corner on the output, in pixels

vec2 output_pixel() {
    return gl_FragCoord.xy + window;
}
