/** test_world.h - worlds behind test:/// addresses. */
#ifndef VIR_TEST_WORLD_H
#define VIR_TEST_WORLD_H

#include "vir_internal.h"

/** Find the host behind a path: "/default", or a file with a node's XML. 0 | -1: record written */
int vir_test_open(const char *path, vir_conn *conn, virConnectAuthPtr auth);

#endif
