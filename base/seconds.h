/* seconds.h - how long things take here, as opposed to in a simulation. */
#ifndef FL_SECONDS_H
#define FL_SECONDS_H

/* Seconds since some moment that stays the same; never goes back. */
double fl_seconds(void);

#endif
