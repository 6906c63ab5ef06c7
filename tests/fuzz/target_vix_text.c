/* Property lists with any ids and values, and any text as the path of a snapshot or a file. */
#include <vjob/vix_host.h>

#include "target.h"
#include "vix.h"

static VixHandle host, vm;

static VixHandle result_of(VixHandle job)
{
    VixHandle result = VIX_INVALID_HANDLE;
    EQUAL(VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &result, VIX_PROPERTY_NONE), VIX_OK);
    Vix_ReleaseHandle(job);
    return result;
}

static void begin(void)
{
    target_world();
    host = result_of(VixHost_Connect(VIX_API_VERSION, VIX_SERVICEPROVIDER_VMWARE_VI_SERVER,
                                     "https://localhost/sdk", 0, "root", "x", 0, VIX_INVALID_HANDLE, NULL,
                                     NULL));
    vm = result_of(VixVM_Open(host, "[standard] fedora/fedora.vmx", NULL, NULL));
}

/* The type of a value is that of its id, as callers must have it. */
static void one_property(VixHandle list, int id)
{
    VixPropertyType type = VIX_PROPERTYTYPE_ANY;
    if (Vix_GetPropertyType(list, id, &type)) type = VIX_PROPERTYTYPE_INTEGER;
    VixHandle got = 0;
    int64_t wide = 0;
    int narrow = 0;
    char *string = NULL;
    switch (type) {
    case VIX_PROPERTYTYPE_INT64: Vix_GetProperties(list, id, &wide, VIX_PROPERTY_NONE); break;
    case VIX_PROPERTYTYPE_STRING:
        if (!Vix_GetProperties(list, id, &string, VIX_PROPERTY_NONE)) Vix_FreeBuffer(string);
        break;
    case VIX_PROPERTYTYPE_HANDLE:
        if (!Vix_GetProperties(list, id, &got, VIX_PROPERTY_NONE)) Vix_ReleaseHandle(got);
        break;
    case VIX_PROPERTYTYPE_BLOB: {
        int size = 0;
        unsigned char *blob = NULL;
        if (!Vix_GetProperties(list, id, &size, &blob, VIX_PROPERTY_NONE)) Vix_FreeBuffer(blob);
        break;
    }
    default: Vix_GetProperties(list, id, &narrow, VIX_PROPERTY_NONE);
    }
}

static void property_list(target_bytes *bytes, const char *text)
{
    static const int ids[] = {VIX_PROPERTY_VM_ENCRYPTION_PASSWORD, VIX_PROPERTY_VM_NUM_VCPUS,
                              VIX_PROPERTY_VM_IS_RUNNING, VIX_PROPERTY_JOB_RESULT_FILE_SIZE,
                              VIX_PROPERTY_JOB_RESULT_SCREEN_IMAGE_DATA};
    VixHandle list = VIX_INVALID_HANDLE;
    const unsigned n = target_byte(bytes) % 8;
    if (VixPropertyList_AllocPropertyList(host, &list, VIX_PROPERTY_NONE)) return;
    for (unsigned i = 0; i < n; i++) {
        const unsigned which = target_byte(bytes) % (COUNT(ids) + 1);
        const uint64_t number = target_number(bytes);
        VixHandle other = VIX_INVALID_HANDLE;
        VixError made = VIX_OK;
        switch (which) {
        case 0:
            made = VixPropertyList_AllocPropertyList(host, &other, ids[0], text, VIX_PROPERTY_NONE);
            break;
        case 1:
        case 2:
            made =
                VixPropertyList_AllocPropertyList(host, &other, ids[which], (int)number, VIX_PROPERTY_NONE);
            break;
        case 3:
            made =
                VixPropertyList_AllocPropertyList(host, &other, ids[3], (int64_t)number, VIX_PROPERTY_NONE);
            break;
        case 4:
            made = VixPropertyList_AllocPropertyList(host, &other, ids[4], (int)strlen(text), text,
                                                     VIX_PROPERTY_NONE);
            break;
        default: one_property(list, (int)number);
        }
        if (!made && other) {
            one_property(other, ids[which % COUNT(ids)]);
            Vix_ReleaseHandle(other);
        }
    }
    Vix_ReleaseHandle(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!host) begin();
    target_bytes bytes = {data, size};
    const unsigned what = target_byte(&bytes);
    char *text = target_text(bytes.at, bytes.left);
    VixHandle snapshot = VIX_INVALID_HANDLE;
    if (what % 3 == 0) property_list(&bytes, text);
    if (what % 3 == 1 && !VixVM_GetNamedSnapshot(vm, text, &snapshot)) Vix_ReleaseHandle(snapshot);
    if (what % 3 == 2) { /* host names and paths of machines */
        VixHandle job = VixVM_Open(host, text, NULL, NULL), found = VIX_INVALID_HANDLE;
        if (!VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &found, VIX_PROPERTY_NONE))
            Vix_ReleaseHandle(found);
        Vix_ReleaseHandle(job);
    }
    free(text);
    EQUAL(vjob_leaks(VJOB_SPACE_VIX, NULL, 0), 2);
    return 0;
}
