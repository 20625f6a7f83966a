/* output.c - tables in the asked form, files that appear whole, and the progress bar. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/quote.h"
#include "base/seconds.h"
#include "base/whole.h"
#include "cli/cli.h"

/* ---- tables of texts ---- */

/* Is it a number as JSON writes them? */
static bool json_number(const char *text)
{
    const char *digits = text + (*text == '-');
    size_t length = strspn(digits, "0123456789");
    if (length == 0 || (digits[0] == '0' && length > 1) || strspn(text, "+-.eE0123456789") != strlen(text))
        return false;
    char *end;
    strtod(text, &end);
    return *end == '\0' && (digits[length] != '.' || isdigit((unsigned char)digits[length + 1]));
}

static void table_json(const struct fl_table *table, FILE *out)
{
    for (size_t row = 1; row <= table->rows; row++) {
        fputs(row == 1 ? "[\n  {" : ",\n  {", out);
        for (size_t i = 0; i < table->columns; i++) {
            fputs(i > 0 ? ", " : "", out);
            fl_json_text(table->cell[i], out);
            fputs(": ", out);
            const char *cell = table->cell[row * table->columns + i];
            if (table->right[i] && json_number(cell))
                fputs(cell, out);
            else if (table->right[i] && cell[0] == '\0')
                fputs("null", out);
            else
                fl_json_text(cell, out);
        }
        fputs("}", out);
    }
    fputs(table->rows > 0 ? "\n]\n" : "[]\n", out);
}

void cli_table_write(const struct fl_table *table, enum fl_format format, FILE *out)
{
    if (format == FL_JSON)
        table_json(table, out);
    else if (format == FL_TABLE)
        fl_table_print(table, out);
    else
        for (size_t i = 0; i < (table->rows + 1) * table->columns; i++) {
            fl_csv_text(table->cell[i], out);
            fputc((i + 1) % table->columns != 0 ? ',' : '\n', out);
        }
}

/* ---- files ---- */

bool cli_file_make(struct cli *cli, struct fl_file *file, const char *path)
{
    struct stat about;
    *file = (struct fl_file){.stream = stdout, .path = path};
    if (path == NULL || strcmp(path, "-") == 0)
        return true;
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        return fl_fail(&cli->err, path, "is a folder; name a file");
    return fl_file_open(file, path, &cli->arena) || fl_fail(&cli->err, path, "cannot be written: %s", strerror(errno));
}

bool cli_file_done(struct cli *cli, struct fl_file *file)
{
    return file->stream == stdout || fl_file_close(file, true) ||
           fl_fail(&cli->err, file->path, "cannot be written: %s", strerror(errno));
}

void cli_file_drop(struct fl_file *file)
{
    if (file->stream != NULL && file->stream != stdout)
        fl_file_close(file, false);
}

/* ---- progress ---- */

enum { BAR = 30 };
static const double patience_s = 1.0, redraw_s = 0.1;

struct cli_progress cli_progress_start(const char *of)
{
    return (struct cli_progress){.start_s = fl_seconds(), .terminal = isatty(STDERR_FILENO) == 1, .of = of};
}

/* "25 s", "14 min", "2.5 h". */
static const char *duration(char buffer[FL_SI_BYTES], double seconds)
{
    if (seconds < 100)
        snprintf(buffer, FL_SI_BYTES, "%.0f s", ceil(seconds));
    else if (seconds < 6000)
        snprintf(buffer, FL_SI_BYTES, "%.0f min", seconds / 60);
    else
        snprintf(buffer, FL_SI_BYTES, "%.1f h", seconds / 3600);
    return buffer;
}

void cli_progress_step(void *context, int64_t done, int64_t all)
{
    struct cli_progress *progress = context;
    double now = fl_seconds();
    if (!progress->terminal || all <= 0 || now - progress->start_s < patience_s || now - progress->drawn_s < redraw_s)
        return;
    double share = (double)done / (double)all;
    double rate = (double)(done - progress->before) / (now - progress->start_s);
    int full = (int)fl_whole(share * BAR, 0, BAR);
    char left[FL_SI_BYTES];
    fprintf(stderr, "\r\033[K[%.*s%*s] %3.0f %%  %lld of %lld %s, %.3g/s, %s left", full,
            "##############################", BAR - full, "", 100 * share, (long long)done, (long long)all,
            progress->of, rate, rate > 0 ? duration(left, (double)(all - done) / rate) : "?");
    fflush(stderr);
    progress->drawn_s = now;
}

void cli_progress_end(struct cli_progress *progress)
{
    if (progress->drawn_s > 0)
        fputs("\r\033[K", stderr);
    progress->drawn_s = 0;
}
