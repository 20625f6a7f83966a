/* main.c - runs every suite, or the one named by the first argument. */
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"

int main(int argc, char **argv)
{
    SRunner *runner = NULL;
    for (size_t i = 0; fl_suites[i] != NULL; i++) {
        Suite *suite = fl_suites[i]();
        if (runner == NULL)
            runner = srunner_create(suite);
        else
            srunner_add_suite(runner, suite);
    }
    srunner_run(runner, argc > 1 ? argv[1] : NULL, NULL, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
