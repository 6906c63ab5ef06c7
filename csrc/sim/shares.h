/** shares.h - a VM's shared folders: counted, copied when a shared list is written. World. */
#ifndef VJOB_SIM_SHARES_H
#define VJOB_SIM_SHARES_H

#include "model.h"

typedef struct sim_shares sim_shares;
sim_shares *sim_shares_retain(sim_shares *shares); /* NULL ok */
void sim_shares_release(sim_shares *shares);       /* NULL ok */

#endif
