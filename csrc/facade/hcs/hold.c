/* Who holds the engine. An API must not be ended in a callback, nor by a hook that destroys an object: what
 * is to be given back is counted, and given back at the end of the next call outside callbacks. */
#include "hold.h"

#include <stdatomic.h>

static atomic_uint owed;

vjob_err hcs_hold(void)
{
    return vjob_api_hold(VJOB_SPACE_HCS);
}

void hcs_owe(uint32_t *holds)
{
    atomic_fetch_add(&owed, __atomic_exchange_n(holds, 0, __ATOMIC_ACQ_REL));
}

void hcs_settle(void)
{
    unsigned debt = atomic_load(&owed);
    while (debt && !vjob_in_callback()) {
        if (!atomic_compare_exchange_weak(&owed, &debt, debt - 1)) continue;
        vjob_api_drop(VJOB_SPACE_HCS);
        debt = atomic_load(&owed);
    }
}
