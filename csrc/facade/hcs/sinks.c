/* The open handles of one machine or one process, newest first: all of them are told. */
#include "hcs_internal.h"

void hcs_sinks_add(hcs_sinks *sinks, hcs_sink *sink)
{
    sink->order = ++sinks->last_order;
    sink->next = sinks->first;
    sink->link = &sinks->first;
    if (sink->next) sink->next->link = &sink->next;
    sinks->first = sink;
}

int hcs_sinks_take(hcs_sink *sink)
{
    if (!sink->link) return 0;
    *sink->link = sink->next;
    if (sink->next) sink->next->link = sink->link;
    sink->link = NULL;
    return 1;
}

/* Without an array of them, for which there may be no memory. */
hcs_sink *hcs_sinks_next(hcs_sinks *sinks, hcs_sink *after)
{
    vjob_obj_lock(&hcs_root.obj);
    hcs_sink *at = after && after->link ? after->next : sinks->first;
    while (at && ((after && at->order >= after->order) || !vjob_obj_try_retain(at->owner))) at = at->next;
    vjob_obj_unlock(&hcs_root.obj);
    if (after) vjob_obj_release(after->owner);
    return at;
}
