/* montecarlo.c - the optical chain, one random output after another.
 *
 * A value is `offset` + `scale` x (sum over slices of weight x digit) on one or two rails; an exposure is one pair
 * (input phase, weight slice), an input phase being a pass or an input slice of it. All exposures of a tile share
 * one walk over its elements, so no vector is kept.
 */
#include "phys/montecarlo.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/whole.h"
#include "phys/random.h"

enum { RAILS = 2, SLICES = 8, CHANNELS = 64, OUTPUTS = 3 };  /* an output, and its neighbours if they disturb it */

/* The chain, with everything that stays the same worked out once. */
struct chain {
    const struct fl_precision_ask *ask;
    const struct fl_draw *input, *weight;
    enum fl_sign_encoding sign;
    int passes, tiles, input_slices, weight_slices, input_bits, weight_bits;   /* bits of magnitude of a device */
    int64_t length;
    double level, rin, dark, sigma_e;           /* sigma_e: read, reset and amplifier noise together */
    int outputs;
    double systematic;                          /* rms, of y */
    struct fl_adc_range range, reference_range;
};

/* An operand's value as its devices set it. */
struct set {
    double value;                       /* decoded: what the digital side believes was set */
    double physical[RAILS][SLICES];     /* level in [0, 1], extinction not yet applied; [1] is the negative part */
};

/* The channels of a bank so far. */
struct bank { struct set x[CHANNELS], w[CHANNELS][OUTPUTS]; int64_t filled; };

/* What an input's own emitter gives, over what it should, in each exposure. */
struct flicker {
    double of[RAILS][SLICES][SLICES];
};

/* Light gathered by a tile's detectors over the elements, at level 1. */
struct tile {
    double plus[RAILS][SLICES][SLICES], minus[RAILS][SLICES][SLICES];   /* [pass][input slice][weight slice] */
    double reference[SLICES][SLICES];
};

static int at_least_one(int count)
{
    return count > 1 ? count : 1;
}

static struct chain chain_of(const struct fl_precision_ask *ask, const struct fl_draw *input,
                             const struct fl_draw *weight)
{
    struct chain chain = {
        .ask = ask, .input = input, .weight = weight, .sign = ask->coding.sign,
        .passes = fl_sign_passes(ask->coding.sign, input->non_negative),
        .tiles = at_least_one(ask->tiles),
        .input_slices = at_least_one(ask->input_slices), .weight_slices = at_least_one(ask->weight_slices),
        .input_bits = fl_precision_level_bits(fl_signs[ask->coding.sign].signed_inputs, ask->input_bits),
        .weight_bits = fl_precision_level_bits(fl_signs[ask->coding.sign].signed_weights, ask->weight_bits),
        .length = fl_whole(ask->length, 1, INT64_MAX),
        .level = ask->photons / ask->length,
        .rin = sqrt(fl_noise_rin_share(ask->receiver.rin_db_per_hz, ask->receiver.integration_ps)),
        .range = fl_precision_range(ask, false), .reference_range = fl_precision_range(ask, true),
    };
    fl_assert(ask->channels.count <= CHANNELS);
    fl_assert(chain.input_slices <= SLICES && chain.weight_slices <= SLICES && !weight->non_negative);
    struct fl_noise noise = fl_noise_at(&ask->receiver, 0);
    chain.dark = noise.dark;
    chain.outputs = ask->crosstalk > 0 ? OUTPUTS : 1;
    double variance = fl_encoded_variance(&ask->coding, &ask->input, &ask->weight, ask->length);
    chain.systematic = ask->systematic * sqrt(variance);
    chain.sigma_e = sqrt(noise.read + noise.ktc + noise.amplifier);
    return chain;
}

/* How an operand's devices set a value in [-1, 1]: as an offset level, with its sign, or as a magnitude on the rail of
 * its sign. */
struct setting { enum { AS_LEVEL, WITH_SIGN, ON_RAILS } how; int bits, slices; };

static struct setting setting_of(const struct chain *chain, bool weight, bool non_negative)
{
    const struct fl_sign_need *need = &fl_signs[chain->sign];
    struct setting setting = {ON_RAILS, weight ? chain->weight_bits : chain->input_bits,
                              weight ? chain->weight_slices : chain->input_slices};
    if (weight ? need->signed_weights : need->signed_inputs)
        setting.how = WITH_SIGN;
    else if (chain->sign == FL_SIGN_OFFSET && !non_negative)
        setting.how = AS_LEVEL;
    return setting;
}

static void set_value(struct set *set, const struct setting *setting, double value)
{
    bool offset = setting->how == AS_LEVEL;
    double magnitude = offset ? (1 + value) / 2 : fabs(value), sum = 0;
    int rail = setting->how == ON_RAILS && value < 0;
    for (int i = 0; i < setting->slices; i++) {
        double digit = fl_slices_level(magnitude, setting->bits, setting->slices, i);
        sum += digit * fl_slices_weight(setting->bits, setting->slices, i);
        set->physical[rail][i] = setting->how == WITH_SIGN && value < 0 ? -digit : digit;
        set->physical[!rail][i] = 0;
    }
    set->value = offset ? 2 * sum - 1 : value < 0 ? -sum : sum;
}

/* Every level misses what it should be by an error of its own; near dark that may be light taken off the others'. */
static void set_amiss(const struct chain *chain, struct set *set, struct fl_rng *rng)
{
    int rails = chain->sign == FL_SIGN_DUAL_RAIL ? RAILS : 1;
    double size = chain->ask->weight_error * (chain->sign == FL_SIGN_BALANCED ? 2 : 1);    /* of a share (1 + w) / 2 */
    for (int rail = 0; rail < rails && chain->ask->weight_error > 0; rail++)
        for (int j = 0; j < chain->weight_slices; j++)
            set->physical[rail][j] += size * fl_random_normal(rng);
}

static struct flicker flicker_of(const struct chain *chain, struct fl_rng *rng)
{
    struct flicker flicker;
    bool own = chain->rin > 0 && chain->ask->emitters_apart;
    for (int pass = 0; pass < chain->passes; pass++)
        for (int i = 0; i < chain->input_slices; i++)
            for (int j = 0; j < chain->weight_slices; j++)
                flicker.of[pass][i][j] = own ? 1 + chain->rin * fl_random_normal(rng) : 1;
    return flicker;
}

static double darkened(double level, double extinction)
{
    return extinction + (1 - extinction) * level;
}

/* One element's light on the tile's detectors. */
static void expose_intensity(const struct chain *chain, struct tile *tile, const struct set *x, const struct set *w,
                             const struct flicker *flicker)
{
    double rx = chain->ask->coding.input_extinction, rw = chain->ask->coding.weight_extinction;
    bool pair = chain->sign == FL_SIGN_DUAL_RAIL, shared = chain->sign == FL_SIGN_BALANCED;
    double swing = fl_sign_swing(rw);
    for (int i = 0; i < chain->input_slices; i++) {
        for (int pass = 0; pass < chain->passes; pass++) {
            double level = darkened(x->physical[pass][i], rx);
            for (int j = 0; j < chain->weight_slices; j++) {
                double lit = level * flicker->of[pass][i][j];
                if (shared) {           /* one device gives each detector its part */
                    tile->plus[pass][i][j] += lit * (1 + swing * w->physical[0][j]) / 2;
                    tile->minus[pass][i][j] += lit * (1 - swing * w->physical[0][j]) / 2;
                    continue;
                }
                tile->plus[pass][i][j] += lit * darkened(w->physical[0][j], rw);
                if (pair)
                    tile->minus[pass][i][j] += lit * darkened(w->physical[1][j], rw);
            }
        }
        for (int j = 0; j < chain->weight_slices; j++)
            tile->reference[i][j] += darkened(x->physical[0][i], rx) * flicker->of[0][i][j];
    }
}

/* A ring takes a share of another channel's light, too: onto the detector of its rail; or from one of the two detectors
 * that share the light out to the other. */
static void expose_taken(const struct chain *chain, struct tile *tile, const struct set *x, const struct set *w,
                         double share)
{
    double rx = chain->ask->coding.input_extinction, rw = chain->ask->coding.weight_extinction;
    bool pair = chain->sign == FL_SIGN_DUAL_RAIL;
    for (int i = 0; i < chain->input_slices; i++)
        for (int pass = 0; pass < chain->passes; pass++)
            for (int j = 0; j < chain->weight_slices; j++) {
                double taken = share * darkened(x->physical[pass][i], rx), way = fl_sign_swing(rw) / 2;
                double plus = pair ? darkened(w->physical[0][j], rw) : way * w->physical[0][j];
                double minus = pair ? darkened(w->physical[1][j], rw) : -way * w->physical[0][j];
                tile->plus[pass][i][j] += taken * plus;
                tile->minus[pass][i][j] += taken * minus;
            }
}

/* A channel more in its bank, and what it and those before it have of each other. */
static void channel_add(const struct chain *chain, struct bank *bank, const struct set *x, struct tile tile[OUTPUTS])
{
    int64_t at = bank->filled;
    bank->x[at] = *x;
    for (int64_t other = 0; other < at; other++) {
        double share = fl_channels_share(&chain->ask->channels, at - other);
        for (int output = 0; output < chain->outputs; output++) {
            expose_taken(chain, &tile[output], x, &bank->w[other][output], share);
            expose_taken(chain, &tile[output], &bank->x[other], &bank->w[at][output], share);
        }
    }
    bank->filled = at + 1 < chain->ask->channels.count ? at + 1 : 0;
}

/* A mode's field beats with its share of the oscillator, or with that of the weights' beam; half the light falls on
 * each detector, plus and minus the beat. Leaked light is out of phase: it adds to the light alone. */
static void expose_field(const struct chain *chain, struct tile *tile, const struct set *x, const struct set *w)
{
    double rx = chain->ask->coding.input_extinction, rw = chain->ask->coding.weight_extinction;
    double oscillator = chain->ask->coding.oscillator, field = sqrt(oscillator * (1 - rx) * (1 - rw));
    bool meets = fl_signs[chain->sign].meets;
    for (int i = 0; i < chain->input_slices; i++) {
        double lit = darkened(x->physical[0][i] * x->physical[0][i], rx);
        for (int j = 0; j < chain->weight_slices; j++) {
            double through = darkened(w->physical[0][j] * w->physical[0][j], rw);
            double light = meets ? lit + oscillator * through : lit * through + oscillator;
            double beat = field * x->physical[0][i] * w->physical[0][j];
            tile->plus[0][i][j] += light / 2 + beat;
            tile->minus[0][i][j] += light / 2 - beat;
        }
    }
}

/* Fields that meet on one detector; what leaks adds light alone. */
static void expose_sum(const struct chain *chain, struct tile *tile, const struct set *x, const struct set *w)
{
    const struct fl_coding *coding = &chain->ask->coding;
    double passed = (1 - coding->input_extinction) * (1 - coding->weight_extinction);
    tile->plus[0][0][0] += sqrt(passed) * x->physical[0][0] * w->physical[0][0];
    tile->minus[0][0][0] += fl_encoded_leak(coding, x->physical[0][0], w->physical[0][0]);
}

/* The light of summed fields, each input's shared out to as many outputs as there are inputs. */
static void sums_to_light(const struct chain *chain, struct tile *tile)
{
    double sum = tile->plus[0][0][0];
    if (!fl_signs[chain->sign].squares)
        return;
    tile->plus[0][0][0] = (sum * sum + tile->minus[0][0][0]) / (double)chain->length;
    tile->minus[0][0][0] = 0;
}

static double count(const struct chain *chain, struct fl_rng *rng, double light, double *detected)
{
    double electrons = fl_random_poisson(rng, fmax(0, light));
    *detected += electrons;
    return electrons + (chain->dark > 0 ? fl_random_poisson(rng, chain->dark) : 0);
}

/* The number an ADC gives for one detection, dark current's mean taken off. */
static double detect(const struct chain *chain, struct fl_rng *rng, struct fl_adc_range range, double plus,
                     double minus, double *detected)
{
    double net = count(chain, rng, plus, detected) - chain->dark;
    if (fl_signs[chain->sign].detectors > 1)
        net -= count(chain, rng, minus, detected) - chain->dark;
    if (chain->sigma_e > 0)
        net += chain->sigma_e * fl_random_normal(rng);
    return fl_adc_read(range, chain->ask->output_bits, net);
}

/* Reads out a tile: returns its estimate of the sum of x' w' (or of the beat), and adds that of x' to *reference. */
static double read_out(const struct chain *chain, struct fl_rng *rng, const struct tile *tile, double *reference,
                       double *detected)
{
    double sum = 0, unused = 0;
    bool offset = chain->sign == FL_SIGN_OFFSET;
    for (int i = 0; i < chain->input_slices; i++) {
        double input = fl_slices_weight(chain->input_bits, chain->input_slices, i);
        for (int pass = 0; pass < chain->passes; pass++) {
            for (int j = 0; j < chain->weight_slices; j++) {
                bool shared = chain->rin > 0 && !chain->ask->emitters_apart;
                double flicker = shared ? 1 + chain->rin * fl_random_normal(rng) : 1;
                double light = chain->level * flicker, weight = fl_slices_weight(chain->weight_bits,
                                                                                 chain->weight_slices, j);
                double net = detect(chain, rng, chain->range, light * tile->plus[pass][i][j],
                                    light * tile->minus[pass][i][j], detected);
                sum += (pass == 0 ? 1 : -1) * input * weight * net / chain->level;
                if (offset && chain->ask->coding.reference_row)
                    *reference += input * weight * detect(chain, rng, chain->reference_range,
                                                          light * tile->reference[i][j], 0, &unused) / chain->level;
            }
        }
    }
    return sum;
}

/* Half of what an output's detectors lose comes to them from each neighbour. */
static void spill(const struct chain *chain, struct tile tile[OUTPUTS])
{
    double c = chain->ask->crosstalk;
    for (int pass = 0; pass < chain->passes && c > 0; pass++) {
        for (int i = 0; i < chain->input_slices; i++) {
            for (int j = 0; j < chain->weight_slices; j++) {
                double plus = tile[1].plus[pass][i][j] + tile[2].plus[pass][i][j];
                double minus = tile[1].minus[pass][i][j] + tile[2].minus[pass][i][j];
                tile->plus[pass][i][j] = (1 - c) * tile->plus[pass][i][j] + c / 2 * plus;
                tile->minus[pass][i][j] = (1 - c) * tile->minus[pass][i][j] + c / 2 * minus;
            }
        }
    }
}

/* The vectors of one output, drawn as they are used; and what the digital side knows of them. */
struct vectors {
    double common_x, common_w[OUTPUTS], exact;
    struct fl_sums sums;
    struct bank bank;
};

/* One element through the weights of the output and of its neighbours. */
static void expose(const struct chain *chain, struct fl_rng *rng, struct vectors *v, struct tile tile[OUTPUTS])
{
    double x = fl_draw_value(chain->input, v->common_x, rng);
    struct set set_x, set_w;
    struct flicker flicker;
    const struct setting inputs = setting_of(chain, false, chain->input->non_negative);
    const struct setting weights = setting_of(chain, true, false);
    set_value(&set_x, &inputs, x);
    v->sums.inputs += set_x.value;
    for (int output = 0; output < chain->outputs; output++) {
        double w = fl_draw_value(chain->weight, v->common_w[output], rng);
        set_value(&set_w, &weights, w);
        set_amiss(chain, &set_w, rng);
        if (output == 0) {
            flicker = flicker_of(chain, rng);
            v->exact += x * w;
            v->sums.weights += set_w.value;
            v->sums.leaked += fl_encoded_leak(&chain->ask->coding, set_x.value, set_w.value);
        }
        if (fl_signs[chain->sign].beats)
            expose_field(chain, &tile[output], &set_x, &set_w);
        else if (fl_signs[chain->sign].squares)
            expose_sum(chain, &tile[output], &set_x, &set_w);
        else
            expose_intensity(chain, &tile[output], &set_x, &set_w, &flicker);
        v->bank.w[v->bank.filled][output] = set_w;
    }
    if (chain->ask->channels.count > 1)
        channel_add(chain, &v->bank, &set_x, tile);
}

/* One output: its exact value, and what the chain makes of it. */
static double one_output(const struct chain *chain, struct fl_rng *rng, double *exact, double *detected)
{
    struct vectors v = {.common_x = fl_draw_common(chain->input, rng), .sums = {.length = (double)chain->length}};
    for (int output = 0; output < chain->outputs; output++)
        v.common_w[output] = fl_draw_common(chain->weight, rng);
    int64_t next = 0;
    for (int t = 1; t <= chain->tiles; t++) {
        struct tile tile[OUTPUTS];
        memset(tile, 0, sizeof tile);
        v.bank.filled = 0;
        int64_t end = chain->length * t / chain->tiles;
        for (; next < end; next++)
            expose(chain, rng, &v, tile);
        for (int output = 0; output < chain->outputs; output++)
            sums_to_light(chain, &tile[output]);
        spill(chain, tile);
        v.sums.counts += read_out(chain, rng, tile, &v.sums.lit, detected);
    }
    *exact = fl_signs[chain->sign].squares ? v.exact * v.exact : v.exact;
    double got = fl_decode(&chain->ask->coding, chain->input->non_negative, &v.sums);
    return chain->systematic > 0 ? got + chain->systematic * fl_random_normal(rng) : got;
}

/* Powers of a deviation, summed. */
struct powers {
    double first, second, third, fourth;
};

static void powers_add(struct powers *powers, double x)
{
    powers->first += x;
    powers->second += x * x;
    powers->third += x * x * x;
    powers->fourth += x * x * x * x;
}

/* Relative standard error of an rms: sqrt((kurtosis - 1) / (4 n)), with moments about zero, or about the mean. */
static double rms_sigma(const struct powers *sum, double n, bool about_mean)
{
    double mean = about_mean ? sum->first / n : 0, second = sum->second / n - mean * mean;
    double fourth = sum->fourth / n - 4 * mean * sum->third / n + 6 * mean * mean * sum->second / n
                    - 3 * mean * mean * mean * mean;
    return second > 0 ? sqrt(fmax(0, fourth / (second * second) - 1) / (4 * n)) : 0;
}

struct fl_measured fl_monte_carlo(const struct fl_precision_ask *ask, const struct fl_draw *input,
                                  const struct fl_draw *weight, int64_t samples, struct fl_rng *rng)
{
    fl_assert(samples >= 2);
    struct fl_precision_ask filled = *ask;
    filled.input = fl_operand_of(input);
    filled.weight = fl_operand_of(weight);
    struct chain chain = chain_of(&filled, input, weight);
    struct powers outputs = { 0 }, errors = { 0 };
    double detected = 0, n = (double)samples;
    for (int64_t i = 0; i < samples; i++) {
        double exact, got = one_output(&chain, rng, &exact, &detected);
        powers_add(&outputs, exact);
        powers_add(&errors, got - exact);
    }

    double mean = errors.first / n, variance = errors.second / n - mean * mean;
    struct fl_measured measured = {
        .samples = samples,
        .spread = sqrt(outputs.second / n - outputs.first / n * outputs.first / n),
        .spread_sigma = rms_sigma(&outputs, n, true),
        .rms = sqrt(errors.second / n),
        .rms_sigma = rms_sigma(&errors, n, false),
        .bias = variance > 0 ? mean / sqrt(variance / n) : 0,
        .detected_per_mac = detected / (n * ask->length),
    };
    measured.error = measured.rms / measured.spread;
    return measured;
}

double fl_monte_carlo_photons_per_mac(const struct fl_photon_trial *trial, int64_t length, struct fl_rng *rng,
                                      double *sigma)
{
    double d = (double)length, full = 1000;         /* photons of a full-level product: any level would do */
    struct fl_precision_ask ask = { .coding = trial->coding, .length = d, .photons = full * d };
    struct fl_measured measured = fl_monte_carlo(&ask, &trial->input, &trial->weight, trial->samples, rng);
    double ratio = measured.error / trial->error;
    *sigma = 2 * sqrt(measured.rms_sigma * measured.rms_sigma + measured.spread_sigma * measured.spread_sigma);
    return measured.detected_per_mac * ratio * ratio;
}

struct fl_power_law fl_power_law_fit(const double *x, const double *y, const double *sigma, size_t points)
{
    double sum = 0, sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0;
    for (size_t i = 0; i < points; i++) {
        double weight = 1 / (sigma[i] * sigma[i]), log_x = log(x[i]), log_y = log(y[i]);
        sum += weight;
        sum_x += weight * log_x;
        sum_y += weight * log_y;
        sum_xx += weight * log_x * log_x;
        sum_xy += weight * log_x * log_y;
    }
    double determinant = sum * sum_xx - sum_x * sum_x;
    fl_assert(points >= 2 && determinant > 0);
    double exponent = (sum * sum_xy - sum_x * sum_y) / determinant;
    return (struct fl_power_law){
        .exponent = exponent,
        .exponent_sigma = sqrt(sum / determinant),
        .factor = exp((sum_y - exponent * sum_x) / sum),
    };
}
