/* cmd_list.c - fanlight list: what there is to choose from, and what each thing consists of. */
#include <math.h>
#include <string.h>

#include "arch/arch.h"
#include "base/nearest.h"
#include "base/whole.h"
#include "cli/cli.h"
#include "cli/families.h"
#include "mapping/mapper.h"
#include "traces/field.h"
#include "traces/model.h"

/* ---- designs ---- */

static void designs_all(struct cli *cli, struct fl_table *table)
{
    const char *const *name = fl_design_names(&cli->arena);
    fl_table_head(table, "design<", "status<", "summary<", NULL);
    for (; *name != NULL; name++) {
        struct fl_design design = {0};
        struct fl_err unread = {0};
        if (fl_design_load(&design, *name, NULL, 0, &unread)) {
            const struct fl_value *status = fl_design_find(&design, "machine.status");
            fl_table_row(table, *name, status->text, design.summary, NULL);
            fl_design_free(&design);
        } else {
            fl_table_row(table, *name, "", "has faults; see `fanlight check`", NULL);
        }
        fl_err_free(&unread);
    }
}

static bool design_one(struct cli *cli, const char *name, struct fl_table *table)
{
    struct fl_design design = {0};
    if (!fl_design_load(&design, name, NULL, 0, &cli->err))
        return false;
    fl_table_head(table, "key<", "value<", "source<", NULL);
    for (size_t i = 0; i < design.values; i++) {
        const struct fl_value *v = &design.value[i];
        const char *none = v->measure == NULL ? "" : v->file == NULL ? "preset" : "assumed";
        fl_table_row(table, v->path, v->text, v->from != NULL ? v->from : none, NULL);
    }
    fl_design_free(&design);
    return true;
}

/* ---- models ---- */

/* Values that a token leaves in the caches of all layers. */
static int64_t cached_by_token(const struct fl_trace *trace)
{
    int64_t sum = 0;                    /* of shipped models it fits */
    for (size_t i = 0; i < trace->blocks; i++)
        for (size_t j = 0; j < trace->block[i].ops; j++)
            if (trace->block[i].op[j].type->form == FL_APPEND)
                sum += trace->block[i].repeat * trace->block[i].op[j].n;
    return sum;
}

static void model_row(struct cli *cli, const char *name, const char *source, const struct fl_trace *trace,
                      struct fl_table *table)
{
    char parameters[FL_SI_BYTES], weights[FL_SI_BYTES], macs[FL_SI_BYTES], each[FL_SI_BYTES], cached[FL_SI_BYTES];
    int64_t all = 0, count = 0;
    fl_trace_parameters(trace, &all);
    fl_trace_weights(trace, &count);
    fl_table_row(table, name, fl_si(parameters, (double)all, ""), fl_si(weights, (double)count, ""),
                 fl_arena_format(&cli->arena, "%lld", (long long)trace->context),
                 fl_arena_format(&cli->arena, "%lld", (long long)trace->ops), fl_si(macs, (double)trace->macs, ""),
                 fl_si(each, (double)trace->macs / (double)trace->context, ""),
                 fl_si(cached, (double)cached_by_token(trace), ""), source != NULL ? source : "-", NULL);
}

static void models_all(struct cli *cli, struct fl_table *table)
{
    const char *const *name = fl_trace_models(&cli->arena);
    const struct fl_workload preset = {0};
    fl_table_head(table, "model<", "parameters>", "weights>", "prompt>", "operators>", "MACs>", "MACs per token>",
                  "cache per token>", "source<", NULL);
    for (; *name != NULL; name++) {
        struct fl_trace trace;
        struct fl_model model;
        struct fl_err unread = {0};
        const char *path = fl_trace_model_path(&cli->arena, *name);
        if (fl_trace_from_model(&trace, *name, &preset, &unread)) {
            bool read = fl_model_read(&model, &cli->arena, path, &unread);
            model_row(cli, *name, read ? model.source : NULL, &trace, table);
            fl_trace_free(&trace);
        } else {
            fl_table_row(table, *name, "has faults", NULL);
        }
        fl_err_free(&unread);
    }
}

static bool model_one(struct cli *cli, const char *name, struct fl_table *table)
{
    struct fl_trace trace;
    const struct fl_workload preset = {0};
    if (!fl_trace_from_model(&trace, name, &preset, &cli->err))
        return false;
    fl_table_head(table, "operator<", "kind<", "times>", "groups>", "m>", "k>", "n>", "MACs each>", NULL);
    for (size_t i = 0; i < trace.blocks; i++)
        for (size_t j = 0; j < trace.block[i].ops; j++) {
            const struct fl_op *op = &trace.block[i].op[j];
            const int64_t number[] = {trace.block[i].repeat, op->groups, op->m, op->k, op->n};
            const char *text[5];
            char macs[FL_SI_BYTES];
            for (int n = 0; n < 5; n++)
                text[n] = fl_arena_format(&cli->arena, "%lld", (long long)number[n]);
            fl_table_row(table, op->name, op->type->name, text[0], text[1], text[2], text[3], text[4],
                         fl_si(macs, (double)op->macs, ""), NULL);
        }
    fl_trace_free(&trace);
    return true;
}

/* ---- units ---- */

static void units_all(struct cli *cli, struct fl_table *table)
{
    (void)cli;
    fl_table_head(table, "unit<", "summary<", NULL);
    for (size_t i = 0; fl_unit_types[i] != NULL; i++)
        fl_table_row(table, fl_unit_types[i]->kind, fl_unit_types[i]->summary, NULL);
}

static const char *choices_of(struct fl_arena *arena, const struct fl_param *param)
{
    const char *text = "";
    for (size_t i = 0; param->choices[i] != NULL; i++)
        text = fl_arena_format(arena, "%s%s%s", text, i > 0 ? " | " : "", param->choices[i]);
    return text;
}

static const char *range_of(struct fl_arena *arena, const struct fl_param *param)
{
    if (fl_param_type(param) == FL_CHOICE)
        return choices_of(arena, param);
    if (fl_param_type(param) == FL_FLAG)
        return "true | false";
    return fl_arena_format(arena, "%g to %g", param->least, param->most);
}

static const char *preset_of(struct fl_arena *arena, const struct fl_param *param)
{
    if (isnan(param->preset))
        return "required";
    if (fl_param_type(param) == FL_CHOICE)
        return param->choices[fl_whole(param->preset, 0, INT32_MAX)];
    if (fl_param_type(param) == FL_FLAG)
        return param->preset != 0 ? "true" : "false";
    return fl_arena_format(arena, "%g", param->preset);
}

static void params_add(struct cli *cli, struct fl_table *table, const struct fl_unit_type *type)
{
    for (const struct fl_param *p = type->params; p != NULL && p->name != NULL; p++)
        fl_table_row(table, p->name, *p->measure != '\0' ? p->measure : "-", range_of(&cli->arena, p),
                     preset_of(&cli->arena, p), p->meaning, NULL);
}

static bool unit_one(struct cli *cli, const char *name, struct fl_table *table)
{
    const struct fl_unit_type *type = fl_unit_type_find(name);
    if (type == NULL) {
        const char *known[256];
        size_t count = 0;
        for (; fl_unit_types[count] != NULL && count < 256; count++)
            known[count] = fl_unit_types[count]->kind;
        const char *near = fl_nearest(name, known, count);
        return fl_fail(&cli->err, "fanlight list", "no unit \"%s\"; %s", name,
                       fl_meant(&cli->arena, near, "`fanlight list units` shows them"));
    }
    fl_table_head(table, "parameter<", "measure<", "range<", "preset>", "meaning<", NULL);
    params_add(cli, table, type);
    return true;
}

/* What else a unit's table says, below its parameters; for eyes only. */
static void unit_rest(const struct fl_unit_type *type)
{
    struct fl_table counts = {.indent = 2}, ports = {.indent = 2};
    fl_table_head(&counts, "counts<", "priced by<", "component<", NULL);
    for (const struct fl_tally *t = type->tallies; t != NULL && t->action != NULL; t++)
        fl_table_row(&counts, t->action, t->energy != NULL ? t->energy : "-", t->component != NULL ? t->component : "-",
                     NULL);
    for (const struct fl_static *s = type->statics; s != NULL && s->power != NULL; s++)
        fl_table_row(&counts, "time in state", s->power, s->component, NULL);
    fl_table_head(&ports, "port<", "way<", "carries<", NULL);
    for (const struct fl_portdef *p = type->ports; p != NULL && p->name != NULL; p++)
        fl_table_row(&ports, p->name, p->way == FL_IN ? "in" : "out", p->domain == FL_OPTICAL ? "light" : "bits", NULL);
    fputc('\n', stdout);
    fl_table_print(&counts, stdout);
    fputc('\n', stdout);
    fl_table_print(&ports, stdout);
    fl_table_free(&counts);
    fl_table_free(&ports);
}

/* ---- mappers ---- */

static void mappers_all(struct cli *cli, struct fl_table *table)
{
    (void)cli;
    fl_table_head(table, "mapper<", "summary<", NULL);
    const struct fl_mapper *mapper;
    for (size_t i = 0; (mapper = fl_mapper_at(i)) != NULL; i++)
        fl_table_row(table, mapper->name, mapper->summary, NULL);
}

static bool mapper_one(struct cli *cli, const char *name, struct fl_table *table)
{
    const struct fl_mapper *mapper = fl_mapper_find(name);
    if (mapper == NULL)
        return fl_fail(&cli->err, "fanlight list", "no mapper \"%s\"; `fanlight list mappers` shows them all", name);
    fl_table_head(table, "mapper<", "summary<", NULL);
    fl_table_row(table, mapper->name, mapper->summary, NULL);
    return true;
}

/* ---- devices: a unit by itself, its parameters as its file sets them ---- */

static const char *value_of(struct fl_arena *arena, const struct unit *u, const struct fl_param *param)
{
    const void *field = (const char *)u + param->offset;
    switch (fl_param_type(param)) {
    case FL_REAL:
        return fl_arena_format(arena, "%g", *(const double *)field);
    case FL_CHOICE:
        return param->choices[*(const int32_t *)field];
    case FL_FLAG:
        return *(const bool *)field ? "true" : "false";
    default:
        return fl_arena_format(arena, "%lld", (long long)*(const int64_t *)field);
    }
}

static const char *value_named(struct fl_arena *arena, const struct unit *u, const char *name)
{
    for (const struct fl_param *p = u->type->params; p->name != NULL; p++)
        if (strcmp(p->name, name) == 0)
            return value_of(arena, u, p);
    return "-";
}

static const char *clock_of(struct fl_arena *arena, const struct unit *u)
{
    char hertz[FL_SI_BYTES];
    return fl_arena_text(arena, fl_si(hertz, 1e12 * (double)u->clock->q / (double)u->clock->p, "Hz"));
}

static void devices_all(struct cli *cli, struct fl_table *table)
{
    fl_table_head(table, "device<", "summary<", "clock>", "channels>", "ranks>", "bits>", NULL);
    for (const char *const *name = fl_device_names(&cli->arena); *name != NULL; name++) {
        struct fl_sim sim = {0};
        struct fl_err unread = {0};
        struct unit *u = fl_device_unit(&sim, "dram", *name, &unread);
        if (u != NULL)
            fl_table_row(table, *name, fl_device_summary(&cli->arena, *name), clock_of(&cli->arena, u),
                         value_named(&cli->arena, u, "channels"), value_named(&cli->arena, u, "ranks"),
                         value_named(&cli->arena, u, "width"), NULL);
        else
            fl_table_row(table, *name, "has faults", NULL);
        fl_sim_free(&sim);
        fl_err_free(&unread);
    }
}

static bool device_one(struct cli *cli, const char *name, struct fl_table *table)
{
    struct fl_sim sim = {0};
    struct unit *u = fl_device_unit(&sim, "dram", name, &cli->err);
    if (u != NULL) {
        fl_table_head(table, "parameter<", "value>", "measure<", "meaning<", NULL);
        fl_table_row(table, "clock", clock_of(&cli->arena, u), "", "of the command bus", NULL);
        for (const struct fl_param *p = u->type->params; p->name != NULL; p++)
            fl_table_row(table, p->name, value_of(&cli->arena, u, p), p->measure, p->meaning, NULL);
    }
    fl_sim_free(&sim);
    return u != NULL;
}

/* ---- fields of config.json files ---- */

/* "hidden_size, n_embd" */
static const char *names_of(struct cli *cli, const struct fl_field_rule *rule)
{
    const char *text = rule->name[0];
    for (int i = 1; i < FL_FIELD_NAMES && rule->name[i] != NULL; i++)
        text = fl_arena_format(&cli->arena, "%s, %s", text, rule->name[i]);
    return text;
}

static void fields_all(struct cli *cli, struct fl_table *table)
{
    fl_table_head(table, "field<", "read by<", "meaning<", NULL);
    for (const struct fl_field_rule *rule = fl_field_rules; rule < fl_field_rules + FL_FIELDS; rule++)
        fl_table_row(table, names_of(cli, rule), rule->families != NULL ? rule->families : "all", rule->meaning, NULL);
}

static void fields_harmless(struct fl_table *table)
{
    fl_table_head(table, "field<", NULL);
    for (const char *const *name = fl_fields_harmless; *name != NULL; name++)
        fl_table_row(table, *name, NULL);
}

static void fields_shaping(struct fl_table *table)
{
    fl_table_head(table, "field<", "is<", "for it means<", NULL);
    for (const struct fl_shaping *shaping = fl_fields_shaping; shaping->name != NULL; shaping++)
        fl_table_row(table, shaping->name, shaping->refused ? "refused" : "told", shaping->what, NULL);
}

static void fields_foreign(struct fl_table *table)
{
    fl_table_head(table, "model_type<", "is<", "nearest<", "but that<", NULL);
    for (const struct fl_foreign *foreign = fl_foreigners; foreign->type != NULL; foreign++)
        fl_table_row(table, foreign->type, foreign->kind, foreign->nearest, foreign->differs, NULL);
}

/* Of one family, or one of the other tables: what is harmless, what is told or refused, what is not simulated. */
static bool fields_one(struct cli *cli, const char *name, struct fl_table *table)
{
    const struct fl_family *family = fl_family_find(name);
    const char *known = "harmless, shaping, foreign";
    if (strcmp(name, "harmless") == 0)
        fields_harmless(table);
    else if (strcmp(name, "shaping") == 0)
        fields_shaping(table);
    else if (strcmp(name, "foreign") == 0)
        fields_foreign(table);
    else if (family != NULL) {
        fl_table_head(table, "field<", "meaning<", NULL);
        for (int i = 0; i < FL_FIELDS; i++)
            if (fl_field_is_of((enum fl_field)i, family))
                fl_table_row(table, names_of(cli, &fl_field_rules[i]), fl_field_rules[i].meaning, NULL);
    } else {
        for (family = fl_families; family->type != NULL; family++)
            known = fl_arena_format(&cli->arena, "%s, %s", known, family->type);
        return fl_fail(&cli->err, "fanlight list fields", "no family \"%s\"; give one of %s", name, known);
    }
    return true;
}

/* ---- kinds of operators ---- */

/* "2", "1 or 2", "1, weights": what it reads. */
static const char *reads_of(struct cli *cli, const struct fl_op_type *type)
{
    const char *count = type->reads_least == type->reads_most
                            ? fl_arena_format(&cli->arena, "%d", type->reads_least)
                            : fl_arena_format(&cli->arena, type->reads_most - type->reads_least > 1 ? "%d to %d"
                                                                                                  : "%d or %d",
                                              type->reads_least, type->reads_most);
    return type->stored == FL_TENSOR_PARAMETER ? fl_arena_format(&cli->arena, "%s, a parameter", count) : count;
}

/* Names of keys of form 2, those that are needed or the others. */
static const char *keys_of(struct cli *cli, const struct fl_op_type *type, bool needed)
{
    const char *text = "";
    for (unsigned key = 0; key < FL_KEYS; key++)
        if (type->keys & ~FL_KEYS_FORM_1 & 1u << key && !(type->needed & 1u << key) == !needed)
            text = fl_arena_format(&cli->arena, "%s%s%s", text, text[0] != '\0' ? " " : "", fl_op_keys[key].name);
    return text;
}

static void operators_all(struct cli *cli, struct fl_table *table)
{
    fl_table_head(table, "operator<", "reads<", "needs<", "may have<", "does<", NULL);
    for (const struct fl_op_type *const *type = fl_op_types; *type != NULL; type++)
        fl_table_row(table, (*type)->name, reads_of(cli, *type), keys_of(cli, *type, true), keys_of(cli, *type, false),
                     (*type)->does, NULL);
}

static bool operators_one(struct cli *cli, const char *name, struct fl_table *table)
{
    const struct fl_op_type *type = fl_op_type_find(name);
    if (type == NULL)
        return fl_fail(&cli->err, "fanlight list", "no operator \"%s\"; `fanlight list operators` shows them all",
                       name);
    fl_table_head(table, "key<", "preset<", "meaning<", NULL);
    for (unsigned key = 0; key < FL_KEYS; key++)
        if (type->keys & ~FL_KEYS_FORM_1 & 1u << key)
            fl_table_row(table, fl_op_keys[key].name, type->needed & 1u << key ? "required" : fl_op_keys[key].preset,
                         fl_op_keys[key].meaning, NULL);
    return true;
}

/* ---- the command ---- */

static const struct subject {
    const char *name;
    void (*all)(struct cli *cli, struct fl_table *table);
    bool (*one)(struct cli *cli, const char *name, struct fl_table *table);
} subject[] = {
    {"designs", designs_all, design_one},
    {"models", models_all, model_one},
    {"units", units_all, unit_one},
    {"mappers", mappers_all, mapper_one},
    {"devices", devices_all, device_one},
    {"families", cli_families, fields_one},
    {"fields", fields_all, fields_one},
    {"operators", operators_all, operators_one},
};
enum { SUBJECTS = sizeof subject / sizeof *subject };

static const struct subject *subject_find(struct cli *cli)
{
    const char *name = cli->operand[0], *known[SUBJECTS];
    for (size_t i = 0; i < SUBJECTS; i++) {
        known[i] = subject[i].name;
        if (strcmp(name, known[i]) == 0)
            return &subject[i];
    }
    const char *near = fl_nearest(name, known, SUBJECTS);
    fl_fail(&cli->err, "fanlight list",
            "there are designs, models, units, mappers, devices, families, fields and operators, not \"%s\"%s%s%s",
            name,
            near != NULL ? "; did you mean \"" : "", near != NULL ? near : "", near != NULL ? "\"?" : "");
    return NULL;
}

static enum cli_status list_run(struct cli *cli)
{
    const struct subject *what = subject_find(cli);
    const char *name = cli->operands > 1 ? cli->operand[1] : NULL;
    struct fl_table table = {0};
    bool ok = what != NULL;
    if (ok && name == NULL)
        what->all(cli, &table);
    else if (ok)
        ok = what->one(cli, name, &table);
    if (ok) {
        bool unit = what->one == unit_one && name != NULL && cli_format(cli) == FL_TABLE;
        if (unit)
            printf("%s: %s\n\n", name, fl_unit_type_find(name)->summary);
        table.indent = unit ? 2 : 0;
        cli_table_write(&table, cli_format(cli), stdout);
        if (unit)
            unit_rest(fl_unit_type_find(name));
    }
    fl_table_free(&table);
    return ok ? CLI_OK : CLI_FAULT;
}

const struct cli_command cli_list = {
    .name = "list", .summary = "shows what there is to choose from; with NAME, one in full",
    .operands = "designs|models|units|mappers|devices|families|fields|operators [NAME]", .operands_least = 1,
    .operands_most = 2,
    .options = {cli_output_options}, .run = list_run,
};
