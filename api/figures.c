/* figures.c - what a machine is whatever runs on it: its area, its peak power, the peak of its optical cores.
 *
 * Peaks are bounds that no run passes (api/laws.c holds every run to them).
 */
#include <math.h>
#include <string.h>

#include "api/result.h"
#include "machine/pool.h"

double fl_unit_peak_w(const struct unit *u)
{
    double mw = u->peak_mw;
    for (const struct fl_static *burner = u->type->statics; burner != NULL && burner->power != NULL; burner++) {
        double one;
        memcpy(&one, (const char *)u + burner->mw, sizeof one);
        mw += one;
    }
    return mw * (double)u->cores * 1e-3;
}

/* MACs a ps of a core that uses so many columns and outputs, vector after vector, loads apart. */
static double core_rate(const struct fl_pool *p, int64_t columns, int64_t outputs)
{
    double dac = p->dac_ps * (double)fl_ceil_div(columns, p->dac_lanes);
    double adc = p->adc_ps * (double)fl_ceil_div(fl_pool_samples(p, outputs), p->adc_lanes);
    double passes = (double)(fl_pool_passes(p, FL_NON_NEGATIVE) * fl_pool_frames(p));
    return (double)columns * (double)outputs / (fmax(fmax(dac, adc), fmax(p->source_ps, p->detector_ps)) * passes);
}

/* The same of a core that holds nothing, and reads its sums as seldom as charge is kept. */
static double streamed_rate(const struct fl_pool *p)
{
    int64_t block = fl_pool_block(p), outputs = fl_pool_outputs(p), samples = fl_pool_samples(p, outputs) * block;
    double adc = p->adc_ps * (double)fl_ceil_div(samples, p->adc_lanes) / (double)fl_most(p->window, 1);
    double ps = fmax(fmax(p->source_ps, p->detector_ps), adc) * (double)fl_pool_passes(p, FL_NON_NEGATIVE);
    return (double)p->columns * (double)outputs * (double)block / ps;
}

/* What is over after whole issues of `lanes` may cost one more issue than it is worth. */
static int64_t whole_issues(int64_t count, int64_t lanes)
{
    return count > lanes ? count - count % lanes : count;
}

/* Logical MACs/s at the pool's encoding and slices, of inputs that pass once: on dual rails signed ones pass twice. */
static double pool_macs(const struct fl_pool *p)
{
    if (p->fixed)                       /* it projects, and multiplies nothing */
        return 0;
    if (fl_pool_streams(p))
        return (double)p->cores * streamed_rate(p) * 1e12;
    int64_t outputs = fl_pool_outputs(p), columns = whole_issues(p->columns, p->dac_lanes);
    int64_t samples = whole_issues(fl_pool_samples(p, outputs), p->adc_lanes);
    int64_t fewer = fl_most((samples - fl_pool_references(p)) / fl_pool_beside(p), 0);
    double all = fmax(core_rate(p, p->columns, outputs), core_rate(p, columns, outputs));
    double most = fmax(all, fmax(core_rate(p, p->columns, fewer), core_rate(p, columns, fewer)));
    return (double)p->cores * most * 1e12;
}

void fl_result_figures(const struct fl_result *result, struct fl_figures *figures)
{
    *figures = (struct fl_figures){ 0 };
    for (int32_t i = 0; i < result->machine.pools; i++)
        figures->peak_macs_per_s += pool_macs(&result->machine.pool[i]) * (double)fl_chips_all(&result->machine.chips);
    for (uint32_t i = 0; i < result->arch.sim.units; i++) {
        const struct unit *u = result->arch.sim.unit[i];
        figures->area_mm2 += u->area_um2 * (double)u->cores / 1e6;
        figures->peak_w += fl_unit_peak_w(u);
    }
}
