/** auth.h - who may open a connection. */
#ifndef VIR_AUTH_H
#define VIR_AUTH_H

#include "vir_internal.h"

/** Log in at a host; if it lists users, the program is asked for what is missing. 0 | -1: record written */
int vir_auth_login(vjob_host *host, const char *user, virConnectAuthPtr auth);

#endif
