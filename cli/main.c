/* main.c - the command line. */
#include <stdio.h>

int main(void)
{
    fputs("fanlight\n", stderr);
    return 1;
}
