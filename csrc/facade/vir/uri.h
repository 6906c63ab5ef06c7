/** uri.h - addresses of connections: scheme[+transport]://[user@][host][:port]/path[?name=value&..] */
#ifndef VIR_URI_H
#define VIR_URI_H

typedef struct vir_uri {
    char scheme[32];    /* "" = none */
    char transport[32]; /* "" = none */
    char user[128], host[256];
    char path[512]; /* begins with "/", or "" */
    char query[256];
} vir_uri;

/** Take an address apart; percent signs stay. 0, or -1: it is none, or too long. */
int vir_uri_parse(const char *text, vir_uri *out);
/** The value of a parameter, copied; 0 if there is none. */
int vir_uri_parameter(const vir_uri *uri, const char *name, char *out, unsigned cap);

#endif
