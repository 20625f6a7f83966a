/* minimal.c - a simulation through the library, in twenty lines.
 *
 *     cc minimal.c $(pkg-config --cflags --libs fanlight) -o minimal && ./minimal gpt2
 */
#include <fanlight.h>

int main(int argc, char **argv)
{
    const char *const set[] = {"core[0].adc.share=4"};      /* four detectors a converter */
    const struct fl_request ask = {.design = FANLIGHT_DESIGN, .model = argc > 1 ? argv[1] : "gpt2",
                                   .work.context = 256, .set = set, .sets = 1};
    struct fl_err *err = fanlight_err_new();
    struct fl_result *result;
    struct fl_summary sum;
    bool ok = fanlight_run(&ask, &result, err) && fanlight_summary(result, &sum, err);
    if (ok)
        printf("latency %.4g us, energy %.4g mJ\n", sum.latency_s * 1e6, sum.energy_j * 1e3);
    else
        fputs(fanlight_err_text(err), stderr);
    fanlight_free(result);
    fanlight_err_free(err);
    return ok ? 0 : 1;
}
