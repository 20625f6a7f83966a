/* abi.h - records that cross the border between a program and the library, each with the size its side knows. */
#ifndef FL_ABI_H
#define FL_ABI_H

#include <stddef.h>

#include "base/err.h"

/* Copies a caller's record of `size` bytes into one of ours: what it does not have is zero. A fault if it has something
 * set that ours does not have. */
bool fl_record_take(void *own, size_t room, const void *given, size_t size, const char *name, struct fl_err *err);
/* Copies a record of ours into a caller's of `size` bytes: what ours does not have is zero. */
void fl_record_give(void *given, size_t size, const void *own, size_t room);

#endif
