/* import.h - networks by name: shipped ones, files of our own, and published models as folders.
 *
 * A published model is a folder with config.json and model.safetensors, as Hugging Face's transformers write them, of
 * the layouts of GPT-2 (`gpt2`: weights as inputs x outputs, queries, keys and values side by side) and of Pythia
 * (`gpt_neox`: outputs x inputs, queries, keys and values head by head). It becomes a network of learn/transformer.h.
 */
#ifndef FL_IMPORT_H
#define FL_IMPORT_H

#include "learn/net.h"

/* `name`: a shipped name, a .net file, a folder, or its model.safetensors. `context`: tokens of a window of a published
 * model, at most its own; 0: 128. Faults of a published model name the file and the tensor, all together. */
bool fl_net_open(struct fl_net *net, const char *name, int context, struct fl_err *err);

#endif
