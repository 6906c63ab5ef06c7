/* Names, texts and functions of the API as tables. Generated. */
#ifndef PRL_TABLES_H
#define PRL_TABLES_H

#include <stddef.h>

#include "PrlEnums.h"
#include "PrlErrors.h"

typedef enum prl_impl {
    PRL_IMPL_HAND, /* written in C */
    PRL_IMPL_PROP, /* a plain property, see prl_props.h */
    PRL_IMPL_NEW,  /* makes a record that is only properties */
    PRL_IMPL_STUB  /* PRL_ERR_UNIMPLEMENTED */
} prl_impl;

typedef struct prl_function {
    const char *name;
    prl_impl impl;
    int is_async;
    PRL_JOB_OPERATION_CODE op_code; /* of the job, PJOC_UNKNOWN where there is none */
    PRL_UINT32 api_ver;             /* that brought it */
} prl_function;

/* All functions, sorted by name. */
extern const prl_function prl_functions[];
extern const size_t prl_functions_count;

/* The function of this name, or NULL. */
const prl_function *prl_function_find(const char *name);

/* Name of the constant with this value, or NULL. Of several names the first in the headers counts. */
const char *prl_result_name(PRL_RESULT result);
const char *prl_handle_type_name(PRL_HANDLE_TYPE type);
const char *prl_event_type_name(PRL_EVENT_TYPE type);
const char *prl_vm_state_name(VIRTUAL_MACHINE_STATE state);
const char *prl_job_opcode_name(PRL_JOB_OPERATION_CODE code);

/* A sentence about a result code, with %1, %2 ... where its event's parameters go; NULL if unknown. */
const char *prl_result_text(PRL_RESULT result, int brief);

/* Class of a result code; PMT_WARNING if unknown. */
PRL_MESSAGE_TYPE_ENUM prl_message_type(PRL_RESULT result);

#endif
