/* main.c - runs every suite, or the one named by the first argument.
 *
 * A loaded machine is slow, and that is no fault of what is tested: no test has a limit of
 * time, Check's own or one that it sets, unless CK_TIMEOUT_MULTIPLIER=1 in the environment
 * asks for them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/suites.h"

int main(int argc, char **argv)
{
    SRunner *runner = NULL;
    setenv("CK_TIMEOUT_MULTIPLIER", "0", 0);
    for (size_t i = 0; fl_suites[i] != NULL; i++) {
        Suite *suite = fl_suites[i]();
        if (runner == NULL)
            runner = srunner_create(suite);
        else
            srunner_add_suite(runner, suite);
    }
    srunner_run(runner, argc > 1 ? argv[1] : NULL, NULL, CK_NORMAL);
    int failed = srunner_ntests_failed(runner), run = srunner_ntests_run(runner);
    srunner_free(runner);
    if (run == 0)
        fprintf(stderr, "no test was run: is there a suite of that name?\n");
    return run > 0 && failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
