/* apart.c - weights of digital work, a GPU, and links between chips, for random machines. */
#include "tests/laws/apart.h"

#include "base/rng.h"
#include "tests/laws/draw.h"

void law_weights_draw(struct fl_step *step, int64_t chunk_bits, uint64_t seed)
{
    static const int64_t rows[] = { 1, 2, 9, 40 };
    struct fl_rng rng = { seed };
    if (fl_rng_range(&rng, 0, 3) == 0)
        return;
    int64_t chunks = fl_rng_range(&rng, 1, 9);
    step->chunk_rows = rows[fl_rng_range(&rng, 0, 3)];
    step->vectors = chunks * step->chunk_rows;
    step->load_from = FL_DRAM;
    step->load_bits = (chunks - 1) * chunk_bits + fl_rng_range(&rng, 1, chunk_bits);
}

void law_gpu_draw(struct unit *gpu, uint64_t seed)
{
    static const double launch_ps[] = { 0, 700, 20000 };
    struct fl_rng rng = { seed };
    param_presets(gpu);
    param_set(gpu, "format", 0);
    param_set(gpu, "fp32_rate", 1e9);
    param_set(gpu, "bandwidth", 1e10);
    param_set(gpu, "host_bandwidth", 1e9);
    param_set(gpu, "launch", launch_ps[fl_rng_range(&rng, 0, 2)]);
}

void law_opu_draw(struct unit *dmd, struct unit *camera, uint64_t seed)
{
    static const double some_ps[] = { 0, 700, 2500 };
    struct fl_rng rng = { seed ^ 0xBB67AE8584CAA73Bu };
    param_presets(dmd);
    param_presets(camera);
    param_set(dmd, "mirrors", 64);
    param_set(dmd, "link", fl_rng_range(&rng, 0, 1) == 0 ? 0 : 1e10);
    param_set(dmd, "host_time", some_ps[fl_rng_range(&rng, 0, 2)]);
    param_set(camera, "pixels", 64);
    param_set(camera, "frame", some_ps[fl_rng_range(&rng, 0, 2)]);
    param_set(camera, "exposure", 900);
    param_set(camera, "pixel_rate", 2e10);
    param_set(camera, "mode", (double)fl_rng_range(&rng, 0, 2));
}

void law_chips_draw(struct unit *chips, uint64_t seed)
{
    static const double latency_ps[] = { 0, 900, 31000 };
    struct fl_rng rng = { seed ^ 0x3C6EF372FE94F82Bu };
    param_presets(chips);
    param_set(chips, "tensor", (double)fl_rng_range(&rng, 2, 5));
    param_set(chips, "bandwidth", fl_rng_range(&rng, 0, 1) == 0 ? 3e9 : 1e11);
    param_set(chips, "latency", latency_ps[fl_rng_range(&rng, 0, 2)]);
}

void law_operator_draw(struct fl_step *step, uint64_t seed)
{
    struct fl_rng rng = { seed ^ 0x6A09E667F3BCC909u };
    int64_t what = fl_rng_range(&rng, 0, 9);
    if (what == 1) {
        *step = (struct fl_step){ .kind = FL_STEP_OPU, .vectors = fl_rng_range(&rng, 1, 20), .cores = 1 };
        *fl_opu_own(step) = (struct fl_opu_step){ fl_rng_range(&rng, 1, 40), fl_rng_range(&rng, 1, 40),
                                                  fl_rng_range(&rng, 1, 3) };
    }
    if (what == 2) {
        *step = (struct fl_step){ .kind = FL_STEP_EXCHANGE, .vectors = fl_rng_range(&rng, 1, 40), .cores = 1,
                                  .read_bits = fl_rng_range(&rng, 1, 60), .write_bits = fl_rng_range(&rng, 0, 60) };
        *fl_exchange_own(step) = (struct fl_exchange_step){ step->write_bits, fl_rng_range(&rng, 1, 4) };
    }
    if (what != 0)
        return;
    *step = (struct fl_step){ .kind = FL_STEP_GPU, .vectors = 1, .cores = 1 };
    *fl_gpu_own(step) = (struct fl_gpu_step){
        .product = fl_rng_range(&rng, 0, 1), .flops = fl_rng_range(&rng, 0, 20), .outputs = fl_rng_range(&rng, 1, 20),
        .bits = fl_rng_range(&rng, 0, 200), .host_bits = fl_rng_range(&rng, 0, 20) };
    step->read_bits = fl_rng_range(&rng, 0, 1) * fl_rng_range(&rng, 1, 40);
    step->write_bits = fl_rng_range(&rng, 0, 1) * fl_rng_range(&rng, 1, 40);
}
