/* config.c - a text in libconfig's syntax to a tree that is freed even if the work on it ends early. */
#include "arch/design.h"

#include <string.h>

static void config_release(void *config)
{
    config_destroy(config);
}

bool fl_config_read(struct fl_config *config, const char *file, const char *text, struct fl_arena *arena,
                    struct fl_err *err)
{
    config_init(&config->tree);
    fl_hold(&config->hold, config_release, &config->tree);
    if (config_read_string(&config->tree, text) == CONFIG_TRUE)
        return true;
    struct fl_value at = {.file = file, .line = config_error_line(&config->tree)};
    const char *what = config_error_text(&config->tree);
    return fl_fail(err, fl_where(arena, &at, ""), "%s%s", what, strcmp(what, "syntax error") != 0 ? "" :
                   "; is a ; or a bracket missing, or a quote, just before?");
}

void fl_config_free(struct fl_config *config)
{
    fl_let_go(&config->hold);
    config_destroy(&config->tree);
}
