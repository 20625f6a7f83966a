/* cluster.h - a sweep on many processes: `mpirun -n N fanlight sweep ...`.
 *
 * Rank 0 hands out points and stores what comes back; every other rank simulates one point
 * at a time. Built with ./configure --with-mpi; without it there is one rank, this process.
 */
#ifndef FL_CLUSTER_H
#define FL_CLUSTER_H

#include "explore/sweep.h"

struct fl_cluster { int rank, ranks; };

/* Joins the processes started with this one, if there are any. False: there are, but this build cannot. */
bool fl_cluster_join(struct fl_cluster *cluster, struct fl_err *err);
/* How many processes mpirun or its like started together, and which this one is, as their environment has it. */
struct fl_cluster fl_cluster_started(void);
void fl_cluster_leave(struct fl_cluster *cluster);
/* Is all well with everyone? To be called by every rank alike. A rank that stands alone with its fault tells it; of a
 * fault that rank 0 has too, only rank 0 is left with it. */
bool fl_cluster_agree(const struct fl_cluster *cluster, bool well, struct fl_err *err);
/* fl_sweep_run by all ranks together; `progress` is rank 0's. */
bool fl_cluster_run(const struct fl_cluster *cluster, const struct fl_sweep *sweep,
                    const struct fl_sweep_options *options, struct fl_sweep_progress *progress, struct fl_err *err);

#endif
