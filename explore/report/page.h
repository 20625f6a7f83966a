/* page.h - one self-contained HTML page of a run, a sweep or several runs: rows as JSON, and a script that draws them.
 *
 * The page holds its data, its style, its script (the files beside this one, embedded when fanlight is built) and the
 * library that draws, D3, which is looked for when a page is written. Nothing in it is fetched.
 */
#ifndef FL_PAGE_H
#define FL_PAGE_H

#include "stats/stats.h"

enum fl_page_of { FL_PAGE_RUN, FL_PAGE_SWEEP, FL_PAGE_COMPARE };
struct fl_page {
    const char *db, *out;
    enum fl_page_of of;
    int64_t number;                     /* of the run or the sweep; 0: the newest */
    const char *runs;                   /* COMPARE: "3,5-8"; one number: the tilings of that run's work */
};
struct fl_page_told { char title[256]; long bytes; };
/* Writes the page. A fault if there is no such run or sweep, or no library (it says what to install). The file appears
 * whole or not at all. The same rows give the same page. */
bool fl_page_write(const struct fl_page *page, struct fl_page_told *told, struct fl_err *err);

/* ---- inside explore/report ---- */

/* Writes the data of the page as a JSON object in which no "<" stands, and gives its title. */
bool fl_page_data(struct fl_db *db, const struct fl_page *page, FILE *out, char title[256], struct fl_err *err);
/* Of a sweep's `points` those that are kept where every `every`th is drawn: by number of the row that `sql` gives, the
 * points of the page in order. The caller frees `keep` by fl_free. */
struct fl_page_thinned { int64_t points, every; bool *keep; };
bool fl_page_thin(struct fl_db *db, const char *sql, struct fl_page_thinned *thinned, struct fl_err *err);
/* D3 and its licence, malloc'd. A fault says what to install. */
bool fl_page_library(char **library, char **licence, struct fl_err *err);
extern const char fl_page_html[], fl_page_css[], fl_page_js[];

#endif
