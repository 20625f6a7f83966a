/* suites.h - the list of test suites, made by tools/suites.sh. */
#ifndef FL_SUITES_H
#define FL_SUITES_H

#include <check.h>

extern Suite *(*const fl_suites[])(void);   /* ends with NULL */

#endif
