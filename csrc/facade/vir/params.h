/** params.h - lists of typed parameters that the library makes. */
#ifndef VIR_PARAMS_H
#define VIR_PARAMS_H

#include "vir_internal.h"

/** Zero to begin with. Once memory was out nothing is added any more. */
typedef struct vir_params {
    virTypedParameterPtr params; /* the caller's to give away */
    int n, room, failed;
} vir_params;
void vir_params_int(vir_params *list, const char *name, int value);
void vir_params_uint(vir_params *list, const char *name, unsigned value);
void vir_params_ull(vir_params *list, const char *name, unsigned long long value);
void vir_params_bool(vir_params *list, const char *name, int value);
void vir_params_text(vir_params *list, const char *name, const char *value);
void vir_params_drop(vir_params *list);

#endif
