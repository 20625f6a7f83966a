/* dram_device.c - distances between commands and energies, from data sheet figures. */
#include "units/dram_device.h"

#include <math.h>
#include <stddef.h>

const char *const fl_dram_pages[] = { "open", "closed", NULL };
const char *const fl_dram_maps[] = { "rorabacobgch", "rorachbacobg", "rochrababgco", "rorabgbachco", "rorabgbacoch",
                                     "chrorababgco", NULL };

int64_t fl_dram_burst_bytes(const struct fl_dram_device *device)
{
    return device->width * device->burst_length / 8;
}

int64_t fl_dram_bytes(const struct fl_dram_device *device)
{
    const int64_t factor[] = { device->channels, device->ranks, device->depth, device->groups,
                               device->banks,    device->rows,  device->row_bytes };
    int64_t bytes = 1;
    for (size_t i = 0; i < sizeof factor / sizeof *factor; i++)
        if (__builtin_mul_overflow(bytes, factor[i], &bytes))
            return -1;
    return bytes;
}

/* A data sheet's working currents hold those of waiting: no action would cost less than nothing. */
static bool currents_check(const struct fl_dram_device *device, const char *where, struct fl_err *err)
{
    const struct { const char *name; double amperes; } more[] = {
        { "idd4r", device->idd4r }, { "idd4w", device->idd4w }, { "idd5", device->idd5 } };
    bool ok = true;
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        if (more[i].amperes < device->idd3n)
            ok = fl_fail(err, where, "%s (%g mA) must not be below idd3n (%g mA), which is a part of it", more[i].name,
                         more[i].amperes * 1e3, device->idd3n * 1e3);
    if (device->idd3n < device->idd2n)
        ok = fl_fail(err, where, "idd3n (%g mA) must not be below idd2n (%g mA): rows are closed in the latter",
                     device->idd3n * 1e3, device->idd2n * 1e3);
    double trc = (double)device->trc, tras = (double)device->tras;
    double waiting = (device->idd3n * tras + device->idd2n * (trc - tras)) / trc;
    if (device->idd0 < waiting * (1 - 1e-9))
        ok = fl_fail(err, where, "idd0 (%g mA) must not be below what idd3n and idd2n make of a row's cycle (%g mA)",
                     device->idd0 * 1e3, waiting * 1e3);
    return ok;
}

bool fl_dram_device_check(struct fl_dram_device *device, const char *where, struct fl_err *err)
{
    if (device->stacks > 1)
        device->channels *= device->stacks;
    device->stacks = 1;
    if (device->trcd_wr == 1)
        device->trcd_wr = device->trcd;
    if (device->trc < device->tras + device->trp) {
        device->trc_raised = device->trc > 1;
        device->trc = device->tras + device->trp;
    }
    bool ok = true;
    if (device->width * device->burst_length % 8 != 0 || device->row_bytes % fl_dram_burst_bytes(device) != 0)
        ok = fl_fail(err, where, "a row of %lld bytes does not hold a whole number of bursts of %lld x %lld bits; "
                     "row is that of the whole channel", (long long)device->row_bytes,
                     (long long)device->burst_length, (long long)device->width);
    if (device->trfc >= device->trefi)
        ok = fl_fail(err, where, "trfc (%lld) must be below trefi (%lld): refreshing would take all the time",
                     (long long)device->trfc, (long long)device->trefi);
    if (device->trefi < device->ranks)
        ok = fl_fail(err, where, "trefi (%lld) must not be below ranks (%lld): one rank is refreshed at a time",
                     (long long)device->trefi, (long long)device->ranks);
    if (!currents_check(device, where, err))
        ok = false;
    if (fl_dram_bytes(device) < 0)
        ok = fl_fail(err, where, "the device holds more than 2^63-1 bytes");
    return ok;
}

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

void fl_dram_times_of(struct fl_dram_times *times, const struct fl_dram_device *device, int64_t tick)
{
    const struct fl_dram_device *d = device;
    /* Turning the data bus round costs the difference of latencies, a burst and tRTRS; never less than a clock. */
    struct fl_dram_times t = {
        .tick = 1,
        .rcd_rd = d->trcd, .rcd_wr = d->trcd_wr, .ras = d->tras, .rc = d->trc, .rp = d->trp, .rtp = d->trtp,
        .wr_pre = d->cwl + d->burst + d->twr,
        .rrd_s = d->trrd_s, .rrd_l = d->trrd_l, .faw = d->tfaw, .aw32 = d->t32aw,
        .rd_rd_s = larger(d->burst, d->tccd_s), .rd_rd_l = larger(d->burst, d->tccd_l),
        .wr_wr_s = larger(d->burst, d->tccd_s), .wr_wr_l = larger(d->burst, d->tccd_l),
        .rd_wr = larger(d->cl + d->burst + d->trtrs - d->cwl, 1),
        .wr_rd_s = d->cwl + d->burst + d->twtr_s, .wr_rd_l = d->cwl + d->burst + d->twtr_l,
        .rd_rd_o = d->burst + d->trtrs, .wr_wr_o = d->burst,   /* written data has one driver */
        .rd_wr_o = larger(d->cl + d->burst + d->trtrs - d->cwl, 1),
        .wr_rd_o = larger(d->cwl + d->burst + d->trtrs - d->cl, 1),
        .rd_data = d->cl + d->burst, .wr_data = d->cwl + d->burst,
        .rfc = d->trfc, .refi = d->trefi,
    };
    int64_t *field = (int64_t *)&t;
    for (size_t i = 0; i < sizeof t / sizeof *field; i++)
        field[i] *= tick;
    *times = t;
}

void fl_dram_refreshes_of(const struct fl_dram_times *times, double ahead_ps, double stripes_ps, double *most_ps,
                          double *lost)
{
    double commanded = (double)(times->rc + times->rd_data + times->wr_data + times->wr_pre + times->rp);
    double rfc = (double)times->rfc;
    *most_ps = (double)times->refi + 2 * stripes_ps + ahead_ps + commanded;
    *lost = fmin(rfc / (*most_ps - rfc), (rfc + (double)times->rp) / *most_ps);
}

struct fl_dram_energy fl_dram_energy_of(const struct fl_dram_device *device)
{
    const struct fl_dram_device *d = device;
    double ns = d->clock_ps / 1e3, v = d->vdd * (double)d->devices * 1e3;   /* V x A x ns = 1e3 pJ */
    double burst = (double)d->burst * ns, rc = (double)d->trc * ns, ras = (double)d->tras * ns;
    return (struct fl_dram_energy){
        .act_pj = v * (d->idd0 * rc - d->idd3n * ras - d->idd2n * (rc - ras)),
        .rd_pj = v * (d->idd4r - d->idd3n) * burst,
        .wr_pj = v * (d->idd4w - d->idd3n) * burst,
        .ref_pj = v * (d->idd5 - d->idd3n) * (double)d->trfc * ns,
        .active_mw = v * d->idd3n,
        .precharge_mw = v * d->idd2n,
    };
}
