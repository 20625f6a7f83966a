/* letters.c - capitals and digits, drawn askew. */
#include <math.h>
#include <string.h>

#include "learn/draw.h"
#include "learn/samples.h"

enum { SIDE = 12, GLYPH_WIDTH = 5, GLYPH_HEIGHT = 7, LETTERS = 26, DIGITS = FL_DIGITS, PATCH_SIDE = 3 };

/* Rows from the top, five pixels each, the leftmost in bit 4. */
static const unsigned char font[LETTERS + DIGITS][GLYPH_HEIGHT] = {
    {14, 17, 17, 31, 17, 17, 17}, {30, 17, 17, 30, 17, 17, 30}, {14, 17, 16, 16, 16, 17, 14},
    {30, 17, 17, 17, 17, 17, 30}, {31, 16, 16, 30, 16, 16, 31}, {31, 16, 16, 30, 16, 16, 16},
    {14, 17, 16, 23, 17, 17, 14}, {17, 17, 17, 31, 17, 17, 17}, {14, 4, 4, 4, 4, 4, 14},
    {7, 2, 2, 2, 2, 18, 12},      {17, 18, 20, 24, 20, 18, 17}, {16, 16, 16, 16, 16, 16, 31},
    {17, 27, 21, 21, 17, 17, 17}, {17, 25, 21, 19, 17, 17, 17}, {14, 17, 17, 17, 17, 17, 14},
    {30, 17, 17, 30, 16, 16, 16}, {14, 17, 17, 17, 21, 18, 13}, {30, 17, 17, 30, 20, 18, 17},
    {15, 16, 16, 14, 1, 1, 30},   {31, 4, 4, 4, 4, 4, 4},       {17, 17, 17, 17, 17, 17, 14},
    {17, 17, 17, 17, 17, 10, 4},  {17, 17, 17, 21, 21, 27, 17}, {17, 17, 10, 4, 10, 17, 17},
    {17, 17, 10, 4, 4, 4, 4},     {31, 1, 2, 4, 8, 16, 31},     {14, 17, 19, 21, 25, 17, 14},
    {4, 12, 4, 4, 4, 4, 14},      {14, 17, 1, 2, 4, 8, 31},     {31, 2, 4, 2, 1, 17, 14},
    {2, 6, 10, 18, 31, 2, 2},     {31, 16, 30, 1, 1, 17, 14},   {6, 8, 16, 30, 17, 17, 14},
    {31, 1, 2, 4, 8, 8, 8},       {14, 17, 17, 14, 17, 17, 14}, {14, 17, 17, 15, 1, 2, 12}};

static double pixel(int letter, int x, int y)
{
    bool inside = x >= 0 && x < GLYPH_WIDTH && y >= 0 && y < GLYPH_HEIGHT;
    return inside ? font[letter][y] >> (GLYPH_WIDTH - 1 - x) & 1 : 0;
}

/* Brightness between pixels, by the four around. */
static double between(int letter, double x, double y)
{
    double left = floor(x), above = floor(y), right = x - left, below = y - above;
    if (left < -1 || left > GLYPH_WIDTH || above < -1 || above > GLYPH_HEIGHT)
        return 0;
    int i = -1, j = -1;                 /* of the pixel to the left and above */
    while (i < left)
        i++;
    while (j < above)
        j++;
    return (1 - below) * ((1 - right) * pixel(letter, i, j) + right * pixel(letter, i + 1, j)) +
           below * ((1 - right) * pixel(letter, i, j + 1) + right * pixel(letter, i + 1, j + 1));
}

/* A number evenly from -most to most. */
static double within(uint64_t key, uint64_t index, double most)
{
    return most * (2 * fl_draw_uniform(key, index) - 1);
}

static void draw(int letter, uint64_t key, float *to)
{
    double scale = 1.35 + within(key, 0, 0.3), turn = within(key, 1, 0.3), shear = within(key, 2, 0.25);
    double right = within(key, 3, 1.5), down = within(key, 4, 1.5);
    for (int row = 0; row < SIDE; row++) {
        for (int column = 0; column < SIDE; column++) {
            double x = (column - (SIDE - 1) / 2.0 - right) / scale, y = (row - (SIDE - 1) / 2.0 - down) / scale;
            double level = between(letter, x + (turn + shear) * y + (GLYPH_WIDTH - 1) / 2.0,
                                   y - turn * x + (GLYPH_HEIGHT - 1) / 2.0);
            uint64_t place = (uint64_t)(5 + row * SIDE + column);
            to[row * SIDE + column] = (float)(level - 0.25 + 0.15 * fl_draw_normal(key, place));
        }
    }
}

void fl_samples_make(struct fl_samples *samples, size_t rows, size_t inputs, size_t classes)
{
    *samples = (struct fl_samples){.rows = rows, .inputs = inputs, .classes = classes};
    samples->x = fl_arena_array(&samples->arena, rows * inputs, sizeof *samples->x);
    samples->train = fl_arena_array(&samples->arena, rows, sizeof *samples->train);
    samples->test = fl_arena_array(&samples->arena, rows, sizeof *samples->test);
    for (size_t i = 0; i < rows; i++)
        samples->train[i] = samples->test[i] = -1;
}

void fl_samples_letters(struct fl_samples *samples, size_t train, size_t test, uint64_t key)
{
    fl_samples_make(samples, train + test, SIDE * SIDE, LETTERS);
    for (size_t i = 0; i < samples->rows; i++) {
        int letter = (int)(i % LETTERS);
        draw(letter, fl_draw_key(key, i), samples->x + i * samples->inputs);
        *(i < train ? &samples->train[i] : &samples->test[i]) = letter;
    }
}

/* Pixels of an image by its patches, row by row. */
static void by_patches(const float *pixel, float *to)
{
    enum { ACROSS = SIDE / PATCH_SIDE };
    for (int patch = 0; patch < ACROSS * ACROSS; patch++)
        for (int i = 0; i < PATCH_SIDE * PATCH_SIDE; i++) {
            int row = patch / ACROSS * PATCH_SIDE + i / PATCH_SIDE;
            int column = patch % ACROSS * PATCH_SIDE + i % PATCH_SIDE;
            *to++ = pixel[row * SIDE + column];
        }
}

void fl_samples_digits(struct fl_samples *samples, size_t train, size_t test, uint64_t key)
{
    _Static_assert(FL_DIGITS_PATCHES * FL_DIGITS_PATCH == SIDE * SIDE, "patches are all of an image");
    float pixel[SIDE * SIDE];
    fl_samples_make(samples, train + test, SIDE * SIDE, DIGITS);
    for (size_t i = 0; i < samples->rows; i++) {
        int digit = (int)(i % DIGITS);
        draw(LETTERS + digit, fl_draw_key(key, i), pixel);
        by_patches(pixel, samples->x + i * samples->inputs);
        *(i < train ? &samples->train[i] : &samples->test[i]) = digit;
    }
}

void fl_samples_batch(const struct fl_samples *samples, uint64_t key, size_t rows, float *x, int *target)
{
    size_t trains = 0;
    while (trains < samples->rows && samples->train[trains] >= 0)
        trains++;
    for (size_t i = 0; i < rows; i++) {
        size_t from = fl_draw_below(key, i, trains);
        memcpy(x + i * samples->inputs, samples->x + from * samples->inputs, samples->inputs * sizeof *x);
        target[i] = samples->train[from];
    }
}

void fl_samples_free(struct fl_samples *samples)
{
    fl_arena_free(&samples->arena);
    *samples = (struct fl_samples){0};
}
