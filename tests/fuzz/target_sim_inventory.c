/* Any bytes as an inventory: refused, and nothing changed; or a world that survives being saved and read. */
#include "target.h"

static char *before;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text, *again;
    if (!before) {
        target_world();
        OK(vjob_sim_save_json(&before));
    }
    const vjob_err err = vjob_sim_load_json((const char *)data, size);
    OK(vjob_sim_save_json(&text));
    if (err) {
        CHECK(!strcmp(text, before));
    } else {
        OK(vjob_sim_load_json(text, strlen(text)));
        OK(vjob_sim_save_json(&again));
        CHECK(!strcmp(text, again));
        vjob_sim_free(again);
        OK(vjob_sim_reset());
    }
    vjob_sim_free(text);
    return 0;
}
