/* loss.c - loss budgets, fan-out and the conservation of light. */
#include "phys/loss.h"

#include <math.h>

#include "base/err.h"
#include "phys/photons.h"

static double ways(const struct fl_element *element)
{
    return element->ways > 0 ? element->ways : 1;
}

double fl_path_walk(const struct fl_element *path, size_t count, double emitted, struct fl_light *light)
{
    double amount = emitted, branches = 1;
    for (size_t i = 0; i < count; i++) {
        double leaving = amount * fl_db_transmission(path[i].loss_db);
        branches *= ways(&path[i]);
        light[i] = (struct fl_light){ amount, amount - leaving, leaving, branches };
        amount = leaving;
    }
    return amount;
}

double fl_path_loss_db(const struct fl_element *path, size_t count)
{
    double loss_db = 0;
    for (size_t i = 0; i < count; i++)
        loss_db += path[i].loss_db;
    return loss_db;
}

double fl_path_branch_db(const struct fl_element *path, size_t count)
{
    double loss_db = fl_path_loss_db(path, count);
    for (size_t i = 0; i < count; i++)
        loss_db += fl_db_of_ratio(ways(&path[i]));
    return loss_db;
}

double fl_path_unbalance(const struct fl_light *light, size_t count, double emitted, double detected)
{
    double rest = emitted - detected;
    for (size_t i = 0; i < count; i++)
        rest -= light[i].lost;
    return emitted > 0 ? fabs(rest) / emitted : fabs(rest);
}

double fl_loss_of_efficiency_db(double efficiency)
{
    fl_assert(efficiency > 0);
    return -fl_db_of_ratio(efficiency);
}

struct fl_fanout fl_fanout_divide(double emitted, double rows, double used_rows, double excess_loss_db)
{
    fl_assert(rows >= 1 && used_rows <= rows);
    double through = emitted * fl_db_transmission(excess_loss_db);
    double per_row = through / rows;
    return (struct fl_fanout){
        .per_row = per_row,
        .used = per_row * used_rows,
        .unused = per_row * (rows - used_rows),
        .lost = emitted - through,
    };
}

double fl_fanout_tree_db(double branches, double stage_db)
{
    return branches > 1 ? ceil(log2(branches)) * stage_db : 0;
}

double fl_laser_link_mw(double sensitivity_dbm, double loss_db, double fan_out, double bits, double wall_plug)
{
    fl_assert(wall_plug > 0);
    return fl_dbm_mw(sensitivity_dbm + loss_db + fl_db_of_ratio(fan_out)) * exp2(bits) / wall_plug;
}

double fl_integrity_db(double bits)
{
    const double bias_db = 3, margin_db = 2, closed = 1.4;
    return bias_db + margin_db + fl_db_of_ratio(closed * (exp2(bits) - 1));
}
