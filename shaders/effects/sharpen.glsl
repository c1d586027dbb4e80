// What a pixel has that the mean of its neighbours has not is given once more.
vec3 sharpen(vec3 middle, vec3 mean, float amount) {
    return middle + amount * (middle - mean);
}
