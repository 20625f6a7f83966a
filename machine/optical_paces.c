/* optical_paces.c - how long the units of a core take for a step, from what they said of themselves. */
#include <math.h>

#include "machine/machine.h"

enum { SLACK_PS = 2 };                  /* a sum of times may end between two edges */

/* Issues of `lanes` lanes for `count` values, each of `ps`; no lanes known: one issue. */
static double issues(int64_t count, int64_t lanes, double ps)
{
    return (double)(lanes > 0 ? fl_ceil_div(count, lanes) : 1) * ps;
}

static void load_paces(const struct fl_pool *pool, const struct fl_step *step, struct fl_paces *paces)
{
    double pixels = (double)fl_light(step)->load_pixels / (double)fl_step_loaded(step);
    double link = pixels * pool->load_pixel_ps;
    double rows = (double)fl_light(step)->load_rows * (double)pool->row_ps;
    double drive = fmax(link, rows + (double)fl_light(step)->load_fresh * (double)pool->fresh_ps);
    paces->settle_ps = pool->settle_in_light ? 0 : (double)pool->settle_ps;
    paces->load_ps = drive;
    if (pool->weight_dac_lanes > 0)
        paces->load_ps = fmax(drive, floor(pixels / (double)pool->weight_dac_lanes) * pool->weight_dac_ps);
    paces->again_ps = paces->load_ps;
    if (pool->blocks > 0)               /* the first block must have settled before it is driven again */
        paces->again_ps = fmax(paces->load_ps, drive / (double)pool->blocks + (double)pool->settle_ps);
}

void fl_optical_paces(const struct fl_machine *machine, const struct fl_step *step, struct fl_paces *paces)
{
    const struct fl_pool *pool = &machine->pool[step->engine];
    const struct fl_light_step *light = fl_light(step);
    double dac_ps = issues(light->columns, pool->dac_lanes, pool->dac_ps);
    double adc_ps = issues(light->rows, pool->adc_lanes, pool->adc_ps);
    double add_ps = issues(light->rows, pool->accumulator_lanes, pool->accumulator_ps);
    double between = (double)fl_light_between(step), read = (double)fl_light_readings(step) / (double)step->vectors;
    *paces = (struct fl_paces){
        .vector_ps = {dac_ps, pool->source_ps, pool->detector_ps, adc_ps * read, add_ps * read},
        .least_ps = fmax(fmax(pool->source_ps, pool->detector_ps), pool->adc_ps / between),
        .front_ps = fmax(pool->front_ps + dac_ps - SLACK_PS, 0), .flight_ps = pool->flight_ps,
        .tail_ps = fmax(pool->flight_ps + pool->back_ps + (adc_ps + add_ps) - SLACK_PS, 0),
        .turn_ps = pool->switch_ps, .apart = pool->back_frames == 0, .flows = fl_pool_streams(pool)};
    paces->interval_ps = fmax(paces->least_ps, adc_ps / between);
    if (step->load_from != FL_NOWHERE)
        load_paces(pool, step, paces);
}
