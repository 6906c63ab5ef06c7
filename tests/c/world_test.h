/* world_test.h - the simulated world as a text, to see that calls which failed have changed nothing. */
#ifndef WORLD_TEST_H
#define WORLD_TEST_H

#include <vjob/sim.h>

#include "core_test.h"

/** To be given to wt_unchanged. */
static inline char *wt_world(void)
{
    char *text;
    OK(vjob_init());
    OK(vjob_sim_save_json(&text));
    OK(vjob_deinit());
    return text;
}

/** Takes the text. */
static inline void wt_unchanged(char *before)
{
    char *after = wt_world();
    const int same = !strcmp(before, after);
    if (!same) print_message("was %s\nis %s\n", before, after);
    CHECK(same);
    vjob_sim_free(before);
    vjob_sim_free(after);
}

#endif
