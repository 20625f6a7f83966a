/* families.c - the model types that are simulated: what their records say, in words. */
#include "cli/families.h"

#include "traces/family.h"

static const char *const kinds[] = {
    [FL_DECODER] = "decoder", [FL_TEXT_ENCODER] = "encoder", [FL_VISION_ENCODER] = "vision",
    [FL_ENCODER_DECODER] = "encoder and decoder", [FL_TEXT_TOWER] = "text tower",
};

static const char *positions_of(const struct fl_family *f)
{
    if (f->rotary)
        return "rotary positions";
    return f->alibi ? "positions as biases" : "a table of positions";
}

/* Parts that a family has, each with the words for it. */
static const char *traits_of(struct cli *cli, const struct fl_family *f)
{
    const struct { bool has; const char *words; } traits[] = {
        { f->norm_last, "norms behind" },
        { f->four_norms, "norms before and behind" },
        { f->norms_behind, "norms behind, before the sum" },
        { f->parallel != FL_SERIAL, "attention beside feed-forward" },
        { f->gated, "gates" },
        { f->query_norms, "norms of queries and keys" },
        { f->multi_query, "one head of keys and values" },
        { f->window > 0, "windows" },
        { f->chunk > 0, "chunks" },
        { f->full_every > 0 || f->chunk > 0, "but not in all layers" },
        { f->plain_full || f->plain_every > 0, "layers that are not rotated" },
        { f->latent != NULL, "latent attention" },
        { f->experts != NULL, "experts" },
        { f->experts != NULL && f->experts->shared + f->experts->shared_experts > 0, "some of them for all tokens" },
        { f->encoder != NULL, "cross attention" },
        { f->encoder != NULL && f->encoder->frames, "sound" },
        { f->shared, "weights shared by layers" },
        { f->embed_norm, "a norm behind the embedding" },
        { f->extra_tokens == 1, "a class token" },
        { f->extra_tokens == 2, "a class and a distillation token" },
        { f->probes, "a probe at the end" },
    };
    const char *text = fl_arena_format(&cli->arena, "%s, %s", f->rms ? "RMS norms" : "layer norms", positions_of(f));
    for (size_t i = 0; i < sizeof traits / sizeof *traits; i++)
        if (traits[i].has)
            text = fl_arena_format(&cli->arena, "%s, %s", text, traits[i].words);
    return text;
}

void cli_families(struct cli *cli, struct fl_table *table)
{
    fl_table_head(table, "model_type<", "is<", "has<", NULL);
    for (const struct fl_family *f = fl_families; f->type != NULL; f++)
        fl_table_row(table, f->type, kinds[f->kind], traits_of(cli, f), NULL);
}
