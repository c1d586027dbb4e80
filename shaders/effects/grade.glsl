// Lift, gamma and gain as a colourist has them, contrast around the middle grey; then hues are turned around the grey
// axis, and saturation and temperature follow. In display values, as grading desks work.
vec3 grade(vec3 colour, vec4 first, vec4 second) {
    float lift = first.x, gamma = first.y, gain = first.z, contrast = first.w;
    float saturation = second.x, hue = second.y, temperature = second.z;
    colour = max(colour * gain + lift * (1.0 - colour), 0.0);
    colour = (pow(colour, vec3(1.0 / gamma)) - 0.5) * contrast + 0.5;
    float angle = radians(hue), grey = dot(colour, vec3(1.0 / 3.0));
    vec3 across = cross(vec3(0.57735027), colour);
    colour = colour * cos(angle) + across * sin(angle) + grey * (1.0 - cos(angle));
    colour = mix(vec3(dot(colour, vec3(0.2126, 0.7152, 0.0722))), colour, saturation);
    return colour * (1.0 + temperature * vec3(0.25, 0.0, -0.25));
}
