/* quote.h - text as JSON, CSV and XML want it. */
#ifndef FL_QUOTE_H
#define FL_QUOTE_H

#include <stdio.h>

/* Writes text as a JSON string, quotes included. */
void fl_json_text(const char *text, FILE *out);
/* Writes text as a CSV field (RFC 4180), in quotes where it has commas, quotes or ends of lines. */
void fl_csv_text(const char *text, FILE *out);
/* Writes text between the tags of XML or HTML. */
void fl_xml_text(const char *text, FILE *out);

#endif
