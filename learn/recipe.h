/* recipe.h - what the command that made a network says of it. */
#ifndef FL_RECIPE_H
#define FL_RECIPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

/* The value of an option of a recipe ("--seed"), in the arena; NULL: the recipe (NULL: none) does not have it. */
const char *fl_recipe_value(const char *recipe, const char *option, struct fl_arena *arena);
/* Its seed; -1: none. */
int64_t fl_recipe_seed(const char *recipe, struct fl_arena *arena);
/* How the network was trained, in short: "bp", and "bp, noise" if its products went through a design; NULL: unknown. */
const char *fl_recipe_variant(const char *recipe, struct fl_arena *arena);

#endif
