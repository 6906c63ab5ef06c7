/* Files that systems need, and who may use them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hcs_internal.h"

/* ---- empty state files: a header, so that they are told apart ------------------------------------------------- */

static HRESULT make_file(PCWSTR path, const char *header)
{
    char *name;
    if (vjob_enter_free()) return HCS_E_SERVICE_DISCONNECT;
    HCS_NEED(path && *path);
    HCS_TRY(hcs_narrow(path, &name));
    int number = vjob_file_put(name, header, strlen(header), 1);
    /* No such folder, that is: the file itself is never there. */
    const HRESULT result =
        number == ENOENT ? HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND) : hcs_result_of_errno(number);
    free(name);
    return result;
}

HRESULT HcsCreateEmptyGuestStateFile(PCWSTR guestStateFilePath)
{
    return make_file(guestStateFilePath, "vmgs\n");
}

HRESULT HcsCreateEmptyRuntimeStateFile(PCWSTR runtimeStateFilePath)
{
    return make_file(runtimeStateFilePath, "vmrs\n");
}

/* ---- grants ------------------------------------------------------------------------------------------------------ */

typedef struct grant {
    struct grant *next;
    char *id, *path;
} grant;

static grant *grants; /* root lock */

/* Root locked. */
static grant **find(const char *id, const char *path)
{
    grant **at = &grants;
    while (*at && (strcmp((*at)->id, id) != 0 || strcmp((*at)->path, path) != 0)) at = &(*at)->next;
    return at;
}

static void free_grant(grant *one)
{
    if (!one) return;
    free(one->id);
    free(one->path);
    free(one);
}

int hcs_is_granted(const char *id, const char *path)
{
    vjob_obj_lock(&hcs_root.obj);
    const int is = *find(id, path) != NULL;
    vjob_obj_unlock(&hcs_root.obj);
    return is;
}

/* A grant that is not listed yet. */
static HRESULT read_grant(PCWSTR id, PCWSTR path, grant **out)
{
    *out = NULL;
    if (vjob_enter_free()) return HCS_E_SERVICE_DISCONNECT;
    HCS_NEED(id && *id && path && *path);
    grant *made = calloc(1, sizeof *made);
    if (!made) return E_OUTOFMEMORY;
    HRESULT result = hcs_narrow(id, &made->id);
    if (SUCCEEDED(result)) result = hcs_narrow(path, &made->path);
    if (SUCCEEDED(result))
        *out = made;
    else
        free_grant(made);
    return result;
}

HRESULT HcsGrantVmAccess(PCWSTR vmId, PCWSTR filePath)
{
    grant *made;
    HCS_TRY(read_grant(vmId, filePath, &made));
    const HRESULT result = hcs_result_of_errno(vjob_file_look(made->path));
    vjob_obj_lock(&hcs_root.obj);
    grant **at = find(made->id, made->path);
    if (SUCCEEDED(result) && !*at) {
        *at = made;
        made = NULL;
    }
    vjob_obj_unlock(&hcs_root.obj);
    free_grant(made);
    return result;
}

HRESULT HcsRevokeVmAccess(PCWSTR vmId, PCWSTR filePath)
{
    grant *named;
    HCS_TRY(read_grant(vmId, filePath, &named));
    vjob_obj_lock(&hcs_root.obj);
    grant **at = find(named->id, named->path), *gone = *at;
    if (gone) *at = gone->next;
    vjob_obj_unlock(&hcs_root.obj);
    free_grant(gone);
    free_grant(named);
    return S_OK;
}
