/* options.c - options that several commands share, and what they ask for. */
#include <stdint.h>
#include <string.h>

#include "api/train.h"
#include "cli/cli.h"

static const char *const phases[] = {"prefill", "decode", "train", NULL};
static const char *const attentions[] = {"causal", "dense", NULL};
static const char *const logits[] = {"last", "all", NULL};
static const char *const objectives[] = {"latency", "energy", "edp", NULL};

static const char *const overlaps[] = {"none", "block", NULL};

const struct cli_option cli_work_options[] = {
    {.name = "model", .value = "NAME|config.json", .meaning = "model: a shipped name (fanlight list models) or a file"},
    {.name = "trace", .value = "FILE", .meaning = "operator trace, as `fanlight trace` writes it, instead of a model"},
    {.name = "phase", .value = "PHASE", .choices = phases, .meaning = "prefill (preset), decode or train"},
    {.name = "context", .value = "N", .least = 1, .most = INT64_MAX,
     .meaning = "prefill: length of the prompt (preset: the model's maximum, at most 1024); "
                "decode: tokens in the cache at the start"},
    {.name = "source", .value = "N", .least = 1, .most = INT64_MAX,
     .meaning = "tokens that an encoder in front reads, of models that have one (preset: as many as the context)"},
    {.name = "routing", .value = "SHARES",
     .meaning = "shares of all tokens' choices that each expert has, as 4,2,1,1, in all layers (preset: all alike)"},
    {.name = "tokens", .value = "T", .least = 1, .most = INT64_MAX, .meaning = "decode: number of steps (preset 1)"},
    {.name = "batch", .value = "B", .least = 1, .most = INT64_MAX, .meaning = "sequences side by side (preset 1)"},
    {.name = "attention", .value = "KIND", .choices = attentions,
     .meaning = "causal or dense (preset: causal for decoder models, dense for encoders)"},
    {.name = "logits", .value = "WHICH", .choices = logits,
     .meaning = "tokens whose logits are computed: last (preset) or all"},
    {.name = "layers-only", .meaning = "leave out embedding and head"},
    {.name = "train", .value = "SCHEDULE", .choices = fl_train_schedules,
     .meaning = "train: how; of a model, or of a forward trace, which is that of one micro-batch"},
    {.name = "feedback", .value = "KIND", .choices = fl_train_feedbacks,
     .meaning = "train by dfa: one projection shared by all points of feedback (preset), or independent ones"},
    {.name = "rows", .value = "OF", .choices = fl_train_rows,
     .meaning = "train by dfa: a row of the error is projected for each token (preset) or sequence"},
    {.name = "encode", .value = "HOW",
     .meaning = "train: the error on mirrors, ternary (preset) or bits=N, in 2 or N patterns a row"},
    {.name = "projector", .value = "WHERE", .choices = fl_train_projectors,
     .meaning = "train: where projections run: auto (preset), optical or digital"},
    {.name = "microbatch", .value = "K", .least = 1, .most = FL_TRAIN_PARTS,
     .meaning = "train: parts of the batch, one after another (preset 1)"},
    {.name = "optimizer", .value = "NAME", .choices = fl_train_optimizers, .meaning = "train: adam (preset) or sgd"},
    {.name = "recompute",
     .meaning = "train: keep what comes into a layer alone, and do the layer again on the way back"},
    {0},
};

const struct cli_option cli_machine_options[] = {
    {.name = "design", .value = "NAME|FILE.cfg",
     .meaning = "machine: a shipped name (fanlight list designs) or a file (preset " FANLIGHT_DESIGN ")"},
    {.name = "set", .value = "PATH=VALUE", .many = true,
     .meaning = "override one key of the design, as in --set 'core[0].adc.energy=1 pJ'; may be repeated"},
    {.name = "map", .value = "STRATEGY|FILE",
     .meaning = "mapper (fanlight list mappers; preset: the design's, else auto), or a mapping file"},
    {.name = "overlap", .value = "HOW", .choices = overlaps,
     .meaning = "operators side by side, block by block of their rows, or none: one after another; the design's "
                "machine.overlap"},
    {.name = "objective", .value = "GOAL", .choices = objectives,
     .meaning = "what `auto` and `search` minimize: latency (preset), energy or edp"},
    {0},
};

const struct cli_option cli_output_options[] = {
    {.name = "json", .meaning = "write JSON, with all digits"},
    {.name = "csv", .meaning = "write CSV, with all digits"},
    {0},
};

const struct cli_option cli_quiet_options[] = {
    {.name = "quiet", .meaning = "write nothing but errors and notes", .letter = 'q'},
    {0},
};

const struct cli_option cli_db_options[] = {
    {.name = "db", .value = "FILE", .meaning = "results database (preset fanlight.db)"},
    {0},
};

const struct cli_option cli_run_options[] = {
    {.name = "run", .value = "N", .least = 1, .most = INT64_MAX, .meaning = "number of the run (preset: the newest)"},
    {0},
};

/* What is said of a step of training; NULL: nothing is. */
static const struct fl_train *train_asked(const struct cli *cli, struct fl_train *train)
{
    bool any = cli_text(cli, "phase") != NULL && strcmp(cli_text(cli, "phase"), "train") == 0;
    *train = (struct fl_train){0};
    for (const struct fl_train_key *key = fl_train_keys; key->name != NULL; key++) {
        any |= cli_text(cli, key->name) != NULL;
        if (key->kind == FL_TRAIN_TEXT)
            *(const char **)fl_train_at(train, key) = cli_text(cli, key->name);
        else if (key->kind == FL_TRAIN_COUNT)
            *(int64_t *)fl_train_at(train, key) = cli_count(cli, key->name, 0);
        else
            *(bool *)fl_train_at(train, key) = cli_flag(cli, key->name);
    }
    return any ? train : NULL;
}

struct fl_workload cli_workload(struct cli *cli)
{
    struct fl_train *train = fl_arena_alloc(&cli->arena, sizeof *train);
    return (struct fl_workload){
        .phase = cli_text(cli, "phase"),
        .context = cli_count(cli, "context", 0),
        .tokens = cli_count(cli, "tokens", 0),
        .batch = cli_count(cli, "batch", 0),
        .attention = cli_text(cli, "attention"),
        .logits = cli_text(cli, "logits"),
        .layers_only = cli_flag(cli, "layers-only"),
        .source = cli_count(cli, "source", 0),
        .routing = cli_text(cli, "routing"),
        .train = train_asked(cli, train),
    };
}

struct fl_request cli_machine(struct cli *cli)
{
    size_t sets;
    const char *const *set = cli_all(cli, "set", &sets), *overlap = cli_text(cli, "overlap");
    if (overlap != NULL) {
        const char **all = fl_arena_array(&cli->arena, sets + 1, sizeof *all);
        for (size_t i = 0; i < sets; i++)
            all[i] = set[i];
        all[sets++] = fl_arena_format(&cli->arena, "machine.overlap=%s", overlap);
        set = all;
    }
    return (struct fl_request){
        .design = cli_text(cli, "design"),
        .mapper = cli_text(cli, "map"),
        .objective = cli_text(cli, "objective"),
        .set = set,
        .sets = (int)sets,
        .command = cli->line,
    };
}

struct fl_request cli_request(struct cli *cli)
{
    struct fl_request request = cli_machine(cli);
    struct fl_workload work = cli_workload(cli);
    request.model = cli_text(cli, "model");
    request.trace = cli_text(cli, "trace");
    request.work = (struct fl_work){work.phase, work.context, work.tokens, work.batch, work.attention, work.logits,
                                    work.layers_only};
    request.source = work.source;
    request.routing = work.routing;
    if (work.train != NULL) {
        struct fl_train_work *train = fl_arena_alloc(&cli->arena, sizeof *train);
        *train = fl_train_work_of(work.train);
        request.train = train;
    }
    return request;
}

enum fl_format cli_format(const struct cli *cli)
{
    return cli_flag(cli, "json") ? FL_JSON : cli_flag(cli, "csv") ? FL_CSV : FL_TABLE;
}

const char *cli_db_path(const struct cli *cli)
{
    const char *path = cli_text(cli, "db");
    return path != NULL ? path : "fanlight.db";
}

bool cli_db_open(struct cli *cli, struct fl_db **db)
{
    return fl_db_open_readonly(db, cli_db_path(cli), &cli->err);
}
