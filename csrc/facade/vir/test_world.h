/** test_world.h - worlds behind test:/// addresses. */
#ifndef VIR_TEST_WORLD_H
#define VIR_TEST_WORLD_H

#include "vir_internal.h"

/** Find the host behind a path: "/default", or a file with a node's XML. 0 | -1: record written */
int vir_test_open(const char *path, vir_conn *conn, virConnectAuthPtr auth);

/** A world of its own from a node's XML in a file (test_file.c). 0 | -1: VIR_ERR_XML_ERROR ... */
int vir_test_open_file(const char *path, vir_conn *conn);

#endif
