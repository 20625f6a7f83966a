/* cluster.c - the desk behind messages.
 *
 *     rank r: ASK               rank 0: TAKE point, turn (point -1: none is left)
 *     rank r: WORK turn, text   rank 0: VERDICT, once it is that turn: simulate it or not
 *     rank r: DONE point, rows
 */
#include "cli/cluster.h"

#include <stdlib.h>
#include <string.h>

#include "explore/desk.h"

static int number_in(const char *open_mpi, const char *others, int none)
{
    const char *text = getenv(open_mpi) != NULL ? getenv(open_mpi) : getenv(others);
    return text != NULL ? (int)strtol(text, NULL, 10) : none;
}

struct fl_cluster fl_cluster_started(void)
{
    return (struct fl_cluster){.rank = number_in("OMPI_COMM_WORLD_RANK", "PMI_RANK", 0),
                               .ranks = number_in("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", 1)};
}

/* Does it look as if other processes had been started with this one? */
static bool started_together(void)
{
    const char *size = getenv("OMPI_COMM_WORLD_SIZE");
    return (size != NULL && strtol(size, NULL, 10) > 1) || getenv("PMIX_RANK") != NULL || getenv("PMI_RANK") != NULL;
}

#ifndef FL_WITH_MPI

bool fl_cluster_join(struct fl_cluster *cluster, struct fl_err *err)
{
    const char *size = getenv("OMPI_COMM_WORLD_SIZE");
    *cluster = (struct fl_cluster){0, 1};
    return !started_together() || size == NULL ||
           fl_fail(err, "mpirun", "this fanlight was built without MPI: ./configure --with-mpi; or use --shard");
}

void fl_cluster_leave(struct fl_cluster *cluster)
{
    (void)cluster;
}

bool fl_cluster_agree(const struct fl_cluster *cluster, bool well, struct fl_err *err)
{
    (void)cluster;
    (void)err;
    return well;
}

bool fl_cluster_run(const struct fl_cluster *cluster, const struct fl_sweep *sweep,
                    const struct fl_sweep_options *options, struct fl_sweep_progress *progress, struct fl_err *err)
{
    (void)cluster;
    return fl_sweep_run(sweep, options, progress, err);
}

#else

#include <limits.h>
#include <mpi.h>
#include <time.h>

enum { ASK, TAKE, WORK, VERDICT, DONE };
struct take { int64_t point, turn; };
struct work { int64_t point, turn; char text[FL_HASH_TEXT]; };
struct done { int64_t point, state, keys, rows; char work[FL_HASH_TEXT]; };     /* then keys, then bytes of rows */

bool fl_cluster_join(struct fl_cluster *cluster, struct fl_err *err)
{
    *cluster = (struct fl_cluster){0, 1};
    if (!started_together())
        return true;
    if (MPI_Init(NULL, NULL) != MPI_SUCCESS)
        return fl_fail(err, "mpirun", "MPI cannot be started");
    MPI_Comm_rank(MPI_COMM_WORLD, &cluster->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &cluster->ranks);
    return true;
}

void fl_cluster_leave(struct fl_cluster *cluster)
{
    int started = 0;
    MPI_Initialized(&started);
    if (started)
        MPI_Finalize();
    cluster->ranks = 1;
}

bool fl_cluster_agree(const struct fl_cluster *cluster, bool well, struct fl_err *err)
{
    int all = well, first = well;
    if (cluster->ranks == 1)
        return well;
    MPI_Allreduce(&(int){well}, &all, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    MPI_Bcast(&first, 1, MPI_INT, 0, MPI_COMM_WORLD);
    if (!first && cluster->rank > 0)
        fl_err_free(err);
    return all;
}

/* Waits without burning the processor: points take milliseconds. */
static MPI_Status message_wait(int from, int tag)
{
    MPI_Status status;
    int there = 0;
    while (MPI_Iprobe(from, tag, MPI_COMM_WORLD, &there, &status) == MPI_SUCCESS && !there)
        nanosleep(&(struct timespec){0, 50000}, NULL);
    return status;
}

static void send(int to, int tag, const void *data, size_t bytes)
{
    fl_assert(bytes <= INT_MAX);
    MPI_Send(data, (int)bytes, MPI_BYTE, to, tag, MPI_COMM_WORLD);
}

static void receive(int from, int tag, void *data, size_t bytes)
{
    message_wait(from, tag);
    MPI_Recv(data, (int)bytes, MPI_BYTE, from, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

/* ---- ranks that simulate ---- */

static void done_send(const struct fl_sweep *sweep, int64_t point, const struct fl_outcome *outcome)
{
    size_t rows_bytes, keys = outcome->key != NULL ? sweep->quantities : 0;
    char *rows = fl_rows_pack(&outcome->rows, &rows_bytes);
    struct done head = {.point = point, .state = outcome->state, .keys = (int64_t)keys, .rows = (int64_t)rows_bytes};
    memcpy(head.work, outcome->work, sizeof head.work);
    size_t keys_bytes = keys * sizeof(double), all = sizeof head + keys_bytes + rows_bytes;
    char *data = fl_calloc(1, all);
    memcpy(data, &head, sizeof head);
    if (keys > 0)
        memcpy(data + sizeof head, outcome->key, keys_bytes);
    memcpy(data + sizeof head + keys_bytes, rows, rows_bytes);
    send(0, DONE, data, all);
    fl_free(data);
    fl_free(rows);
}

static bool verdict_ask(void *context, const char *text)
{
    const struct take *take = context;
    struct work work = {.point = take->point, .turn = take->turn};
    int verdict;
    memcpy(work.text, text, strlen(text) + 1);
    send(0, WORK, &work, sizeof work);
    receive(0, VERDICT, &verdict, sizeof verdict);
    return verdict != 0;
}

static void simulate(const struct fl_sweep *sweep, const struct fl_sweep_options *options)
{
    for (;;) {
        struct take take;
        struct fl_outcome outcome;
        send(0, ASK, "", 0);
        receive(0, TAKE, &take, sizeof take);
        if (take.point < 0)
            return;
        if (!fl_try_point(sweep, options, take.point, verdict_ask, &take, &outcome))
            continue;
        done_send(sweep, take.point, &outcome);
        fl_outcome_free(&outcome);
    }
}

/* ---- rank 0 ---- */

struct server {
    struct fl_desk *desk;
    struct work *held;                  /* by rank: work whose turn has not come; turn -1: none */
    int ranks, left;                    /* ranks still at work */
};

static void point_give(struct server *server, int rank)
{
    struct take take = {-1, -1};
    receive(rank, ASK, NULL, 0);
    if (!fl_desk_take(server->desk, &take.point, &take.turn)) {
        take.point = -1;
        server->left--;
    }
    send(rank, TAKE, &take, sizeof take);
}

/* Enrols everything held whose turn has come. */
static void turns_serve(struct server *server)
{
    for (int rank = 1; rank < server->ranks; rank++) {
        struct work *work = &server->held[rank];
        if (work->turn < 0 || !fl_desk_is_turn(server->desk, work->turn))
            continue;
        int verdict = fl_desk_enrol(server->desk, work->point, work->text[0] != '\0' ? work->text : NULL);
        work->turn = -1;
        send(rank, VERDICT, &verdict, sizeof verdict);
        rank = 0;
    }
}

static void done_store(struct server *server, int rank, size_t bytes)
{
    struct done head;
    struct fl_outcome outcome = {0};
    char *data = fl_calloc(1, bytes);
    fl_assert(bytes >= sizeof head);
    receive(rank, DONE, data, bytes);
    memcpy(&head, data, sizeof head);
    size_t keys_bytes = (size_t)head.keys * sizeof(double);
    fl_assert(bytes == sizeof head + keys_bytes + (size_t)head.rows);
    outcome.state = (enum fl_point_state)head.state;
    memcpy(outcome.work, head.work, sizeof head.work);
    if (head.keys > 0) {
        outcome.key = fl_calloc(1, keys_bytes);
        memcpy(outcome.key, data + sizeof head, keys_bytes);
    }
    bool whole = fl_rows_unpack(&outcome.rows, data + sizeof head + keys_bytes, (size_t)head.rows);
    fl_assert(whole);
    fl_desk_done(server->desk, head.point, &outcome);
    fl_outcome_free(&outcome);
    fl_free(data);
}

static void serve(struct server *server)
{
    while (server->left > 0) {
        MPI_Status status = message_wait(MPI_ANY_SOURCE, MPI_ANY_TAG);
        int rank = status.MPI_SOURCE, bytes = 0;
        MPI_Get_count(&status, MPI_BYTE, &bytes);
        if (status.MPI_TAG == ASK)
            point_give(server, rank);
        else if (status.MPI_TAG == WORK)
            receive(rank, WORK, &server->held[rank], sizeof server->held[rank]);
        else
            done_store(server, rank, (size_t)bytes);
        turns_serve(server);
    }
}

static void serve_all(int ranks, struct fl_desk *desk)
{
    struct server server = {.desk = desk, .ranks = ranks, .left = ranks - 1};
    server.held = fl_calloc((size_t)ranks, sizeof *server.held);
    for (int i = 0; i < ranks; i++)
        server.held[i].turn = -1;
    serve(&server);
    fl_free(server.held);
}

/* Every rank must have read the same sweep: files may differ from machine to machine. */
static bool same_sweep(const struct fl_cluster *cluster, const struct fl_sweep *sweep,
                       const struct fl_sweep_options *options, struct fl_err *err)
{
    char own[FL_SWEEP_IDENTITY], first[FL_SWEEP_IDENTITY];
    fl_sweep_identity(sweep, options->by_operator, own);
    memcpy(first, own, sizeof own);
    MPI_Bcast(first, FL_SWEEP_IDENTITY, MPI_CHAR, 0, MPI_COMM_WORLD);
    bool same = strcmp(own, first) == 0;
    if (!same)
        fl_fail(err, sweep->file, "rank %d finds another sweep, design or model than rank 0: all machines need the "
                "same files and the same fanlight", cluster->rank);
    return fl_cluster_agree(cluster, same, err);
}

bool fl_cluster_run(const struct fl_cluster *cluster, const struct fl_sweep *sweep,
                    const struct fl_sweep_options *options, struct fl_sweep_progress *progress, struct fl_err *err)
{
    struct fl_desk *desk = NULL;
    if (cluster->ranks == 1)
        return fl_sweep_run(sweep, options, progress, err);
    memset(progress, 0, sizeof *progress);
    if (!same_sweep(cluster, sweep, options, err))
        return false;
    if (cluster->rank == 0 && fl_sweep_hopes(sweep, options, err))
        desk = fl_desk_open(sweep, options, err);
    if (!fl_cluster_agree(cluster, cluster->rank > 0 || desk != NULL, err))
        return false;
    if (cluster->rank > 0) {
        simulate(sweep, options);
        return true;
    }
    serve_all(cluster->ranks, desk);
    return fl_desk_close(desk, progress, err);
}

#endif
