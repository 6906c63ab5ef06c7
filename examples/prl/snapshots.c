/*
 * Snapshots: take two, look at the tree, go back to the first, delete it with what grew from it.
 *
 *     pyvjob run snapshots.c [VM]      default: WindowsXP
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <Parallels.h>

#define FOREVER_MS 0xFFFFFFFF

static void leave(const char *doing, PRL_RESULT err)
{
    fprintf(stderr, "snapshots: %s: %s\n", doing, prl_result_to_string(err));
    exit(1);
}

/* Waits for a job, frees it, and returns its result (one reference). Leaves the program if it failed. */
static PRL_HANDLE finish(const char *doing, PRL_HANDLE job)
{
    PRL_HANDLE result = PRL_INVALID_HANDLE;
    PRL_RESULT outcome = PRL_ERR_UNINITIALIZED, err = PrlJob_Wait(job, FOREVER_MS);
    if (PRL_SUCCEEDED(err)) err = PrlJob_GetRetCode(job, &outcome);
    if (PRL_SUCCEEDED(err)) err = outcome;
    if (PRL_SUCCEEDED(err)) err = PrlJob_GetResult(job, &result);
    if (PRL_FAILED(err)) leave(doing, err);
    PrlHandle_Free(job);
    return result;
}

static void run(const char *doing, PRL_HANDLE job)
{
    PrlHandle_Free(finish(doing, job));
}

/* The tree is text, XML; the caller frees it. */
static char *tree_of(PRL_HANDLE vm)
{
    PRL_HANDLE result = finish("snapshot tree", PrlVm_GetSnapshotsTree(vm));
    PRL_UINT32 size = 0;
    PrlResult_GetParamAsString(result, NULL, &size);
    char *tree = malloc(size);
    PRL_RESULT err = tree ? PrlResult_GetParamAsString(result, tree, &size) : PRL_ERR_OUT_OF_MEMORY;
    PrlHandle_Free(result);
    if (PRL_FAILED(err)) leave("snapshot tree", err);
    return tree;
}

/* Value of an attribute that stands after `from`: enough for a sample, a program would use an XML parser. */
static const char *attribute(const char *from, const char *name, char *out, size_t size)
{
    const char *at = strstr(from, name);
    if (!at || !(at = strchr(at, '"'))) return NULL;
    size_t length = strcspn(++at, "\"");
    snprintf(out, size, "%.*s", (int)length, at);
    return at + length;
}

static void print_tree(const char *title, PRL_HANDLE vm)
{
    char *tree = tree_of(vm);
    int depth = 0;
    printf("%s\n", title);
    for (const char *at = tree; (at = strchr(at, '<')) != NULL; at++) {
        char name[256] = "";
        const char *end = strstr(at, "</Name>");
        if (strncmp(at, "<SavedStateItem", 15) == 0) depth++;
        if (strncmp(at, "</SavedStateItem", 16) == 0) depth--;
        if (strncmp(at, "<Name>", 6) == 0 && end) {
            snprintf(name, sizeof name, "%.*s", (int)(end - at - 6), at + 6);
            printf("%*s- %s\n", 2 * depth, "", name);
        }
    }
    free(tree);
}

/* The uuid of the snapshot that the machine stands on. */
static void current_of(PRL_HANDLE vm, char *out, size_t size)
{
    char *tree = tree_of(vm), value[16] = "";
    const char *at = tree;
    *out = '\0';
    while ((at = strstr(at, "<SavedStateItem")) != NULL) {
        char guid[64];
        at += strlen("<SavedStateItem");
        if (attribute(at, "current=", value, sizeof value) && strcmp(value, "yes") == 0 &&
            attribute(at, "guid=", guid, sizeof guid))
            snprintf(out, size, "%s", guid);
    }
    free(tree);
}

static void work(PRL_HANDLE vm)
{
    char clean[64], tested[64], now[64];
    run("take", PrlVm_CreateSnapshot(vm, "clean", "before anything was installed"));
    current_of(vm, clean, sizeof clean);
    run("take", PrlVm_CreateSnapshot(vm, "tested", "after the tests"));
    current_of(vm, tested, sizeof tested);
    print_tree("two snapshots, one grown from the other", vm);

    run("go back", PrlVm_SwitchToSnapshot(vm, clean));
    current_of(vm, now, sizeof now);
    printf("went back to %s\n", strcmp(now, clean) == 0    ? "clean"
                                : strcmp(now, tested) == 0 ? "tested"
                                                           : "?");

    run("delete", PrlVm_DeleteSnapshot(vm, clean, PRL_TRUE));
    print_tree("deleted, with what grew from it", vm);
}

static PRL_HANDLE find(PRL_HANDLE list, const char *wanted)
{
    PRL_UINT32 count = 0;
    PrlResult_GetParamsCount(list, &count);
    for (PRL_UINT32 i = 0; i < count; i++) {
        PRL_HANDLE vm;
        char name[256];
        PRL_UINT32 size = sizeof name;
        PrlResult_GetParamByIndex(list, i, &vm);
        PrlVmCfg_GetName(vm, name, &size);
        if (strcmp(name, wanted) == 0) return vm;
        PrlHandle_Free(vm);
    }
    leave(wanted, PRL_ERR_VM_UUID_NOT_FOUND);
    return PRL_INVALID_HANDLE;
}

int main(int argc, char **argv)
{
    PRL_HANDLE server = PRL_INVALID_HANDLE, list, vm;
    PRL_RESULT err = PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0);
    if (PRL_SUCCEEDED(err)) err = PrlSrv_Create(&server);
    if (PRL_FAILED(err)) leave("start", err);

    run("login", PrlSrv_LoginLocal(server, "", 0, PSL_NORMAL_SECURITY));
    list = finish("VM list", PrlSrv_GetVmList(server));
    vm = find(list, argc > 1 ? argv[1] : "WindowsXP");
    PrlHandle_Free(list);
    work(vm);
    PrlHandle_Free(vm);
    run("logoff", PrlSrv_Logoff(server));
    PrlHandle_Free(server);
    PrlApi_Deinit();
    return 0;
}
