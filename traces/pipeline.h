/* pipeline.h - a trace dealt to the stages of a pipeline. */
#ifndef FL_TRACE_PIPELINE_H
#define FL_TRACE_PIPELINE_H

#include "traces/trace.h"

/* Writes into `trace` what `from` says `parts` times, its layers dealt to `stages` (stages.h), in a
 * row: each operator says its stage (fl_op.stage), and what a stage reads of another is handed over (`hand_over`)
 * behind who wrote it. Parts and ways go in the order in which they could begin, so that stages work beside each
 * other on several parts: where `from` has parts of its own, as a step of training in micro-batches, on those.
 * Values are each stage's and part's own. Sums of gradients that several stages have are added up before their
 * update, and a table that several stages use is sent to them behind it. `from` may be freed then. False: there
 * are fewer layers than stages, or too many operators; `trace` is empty then. */
bool fl_trace_pipeline(struct fl_trace *trace, const struct fl_trace *from, int64_t stages, int64_t parts,
                       struct fl_err *err);

#endif
