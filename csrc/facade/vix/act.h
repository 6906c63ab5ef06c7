/**
 * act.h - operations in a guest, or on what belongs to one, whose work is a hook of this facade.
 *
 * A note says what to do; it belongs to the job. Its hook runs in the world when the operation's time is
 * over, fills the job's bag and answers 0 or a number of <errno.h>.
 */
#ifndef VIX_ACT_H
#define VIX_ACT_H

#include "vix_internal.h"

typedef struct vix_note {
    int (*act)(vjob_vm *vm, struct vix_note *note, vix_bag *bag);
    char *user;    /* whose rights count; NULL: nobody's */
    char *text[2]; /* paths, names, values */
    int64 number;
    int error;        /* what this number of errno.h means here, */
    VixError meaning; /* instead of what the table says */
} vix_note;

/** A note with copies of both texts (NULL ok); takes over `user`. The call owns it. NULL: out of memory. */
vix_note *vix_note_new(vix_call *call, char *user, const char *first, const char *second);
/** Start the operation of the call's note. */
VixHandle vix_call_act(vix_call *call, vjob_op op);

#endif
