/* Both libraries in one process, in either order: each call stays in its own. Arguments: two library files. */
#include <dlfcn.h>
#include <libvirt/libvirt.h>
#include <stdio.h>

typedef struct library {
    virConnectPtr (*open)(const char *);
    virDomainPtr (*find)(virConnectPtr, const char *);
    int (*destroy)(virDomainPtr);
    int (*is_active)(virDomainPtr);
    int (*free_domain)(virDomainPtr);
    int (*close)(virConnectPtr);
} library;

static int load(const char *file, library *out)
{
    void *handle = dlopen(file, RTLD_NOW | RTLD_GLOBAL);
    if (!handle) {
        fprintf(stderr, "%s\n", dlerror());
        return -1;
    }
    *(void **)&out->open = dlsym(handle, "virConnectOpen");
    *(void **)&out->find = dlsym(handle, "virDomainLookupByName");
    *(void **)&out->destroy = dlsym(handle, "virDomainDestroy");
    *(void **)&out->is_active = dlsym(handle, "virDomainIsActive");
    *(void **)&out->free_domain = dlsym(handle, "virDomainFree");
    *(void **)&out->close = dlsym(handle, "virConnectClose");
    return 0;
}

int main(int argc, char **argv)
{
    library lib[2];
    virConnectPtr conn[2];
    virDomainPtr dom[2];
    int i;
    if (argc != 3) return 2;
    for (i = 0; i < 2; i++)
        if (load(argv[i + 1], &lib[i])) return 1;
    if (lib[0].open == lib[1].open) return 3;
    for (i = 0; i < 2; i++) {
        conn[i] = lib[i].open("test:///default");
        dom[i] = conn[i] ? lib[i].find(conn[i], "test") : NULL;
        if (!dom[i]) return 4;
    }
    printf("destroyed in one: %d\n", lib[0].destroy(dom[0]));
    printf("active: %d %d\n", lib[0].is_active(dom[0]), lib[1].is_active(dom[1]));
    for (i = 0; i < 2; i++) printf("%d %d\n", lib[i].free_domain(dom[i]), lib[i].close(conn[i]));
    return 0;
}
