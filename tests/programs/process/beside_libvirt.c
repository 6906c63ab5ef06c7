/* The real libvirt and ours in one process, opened in either order, both for everybody to see: each
 * handle answers with its own version, and both work. Arguments: which first, the paths of both. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

typedef int (*version_fn)(unsigned long *, const char *, unsigned long *);
typedef void *(*open_fn)(const char *);
typedef int (*count_fn)(void *);

static int use(const char *what, void *library)
{
    unsigned long version = 0;
    version_fn get = (version_fn)dlsym(library, "virGetVersion");
    open_fn open = (open_fn)dlsym(library, "virConnectOpen");
    count_fn domains = (count_fn)dlsym(library, "virConnectNumOfDomains"),
             close = (count_fn)dlsym(library, "virConnectClose");
    Dl_info info = {0};
    if (!get || !open || !domains || !close || !dladdr((void *)get, &info))
        return printf("%s: no API\n", what), 1;
    void *connection = open("test:///default");
    const int n = connection ? domains(connection) : -1;
    get(&version, NULL, NULL);
    printf("%s %s %lu %d\n", what, strrchr(info.dli_fname, '/') + 1, version, n);
    return n != 1 || close(connection) < 0;
}

int main(int argc, char **argv)
{
    if (argc != 3) return 2;
    void *first = dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL), *second = dlopen(argv[2], RTLD_NOW | RTLD_GLOBAL);
    if (!first || !second) return printf("%s\n", dlerror()), 3;
    return use("first", first) || use("second", second);
}
