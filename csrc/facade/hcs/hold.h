/** hold.h - who holds the engine: every handle of this library does, until its object is gone. */
#ifndef HCS_HOLD_H
#define HCS_HOLD_H

#include <vjob/host.h>

/** Hold the engine once more. */
vjob_err hcs_hold(void);
/** Owe the hold that a flag stands for, once: from destroy hooks too. world ok */
void hcs_owe(uint32_t *holds);
/** Give back what is owed, unless inside a callback: then the next call outside one does. */
void hcs_settle(void);

#endif
