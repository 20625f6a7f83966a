/* sram.h - what a bank of SRAM costs: a fit to CACTI 7.
 *
 * Wires carry the cost: energy grows with the root of the capacity and with the width of
 * the port, area and leakage with the capacity. docs/sram.md has the points, the fit and
 * how far it is off.
 */
#ifndef FL_SRAM_H
#define FL_SRAM_H

#include <stdbool.h>

struct fl_sram_bank { double read_pj, write_pj, access_ns, leak_mw, area_mm2; };

/* Where CACTI was run: beyond these the fit is not asked. */
enum { FL_SRAM_KIB_LEAST = 32, FL_SRAM_KIB_MOST = 16384, FL_SRAM_BITS_LEAST = 64, FL_SRAM_BITS_MOST = 512,
       FL_SRAM_NM_LEAST = 22, FL_SRAM_NM_MOST = 45 };

/* One bank of `kib` KiB with a port of `bits` bits at a node of `nm` nm (itrs-hp, 350 K): pJ an access of the whole
 * port, ns from address to data, mW of leakage, mm2. A port narrower than 64 bits pays for 64; one wider than 512 is
 * as many banks side by side as it takes. False if the node or the banks lie outside of the fit. */
bool fl_sram_model(struct fl_sram_bank *bank, double kib, double bits, double nm);

#endif
