/* recipe.c - words of a command line. */
#include "learn/recipe.h"

#include <stdlib.h>
#include <string.h>

const char *fl_recipe_value(const char *recipe, const char *option, struct fl_arena *arena)
{
    size_t length = strlen(option);
    for (const char *at = recipe; at != NULL && (at = strstr(at, option)) != NULL; at += length)
        if (at > recipe && at[-1] == ' ' && at[length] == ' ')
            return fl_arena_slice(arena, at + length + 1, strcspn(at + length + 1, " "));
    return NULL;
}

int64_t fl_recipe_seed(const char *recipe, struct fl_arena *arena)
{
    const char *seed = fl_recipe_value(recipe, "--seed", arena);
    char *end;
    long long number = seed != NULL ? strtoll(seed, &end, 10) : -1;
    return seed != NULL && *seed != '\0' && *end == '\0' ? number : -1;
}

const char *fl_recipe_variant(const char *recipe, struct fl_arena *arena)
{
    const char *method = fl_recipe_value(recipe, "--method", arena);
    if (method == NULL && fl_recipe_value(recipe, "--task", arena) == NULL)
        return NULL;
    bool noisy = fl_recipe_value(recipe, "--design", arena) != NULL;
    return fl_arena_format(arena, "%s%s", method != NULL ? method : "bp", noisy ? ", noise" : "");
}
