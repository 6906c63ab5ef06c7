/* Any text as the XML of a domain: refused with an error, or a domain whose XML can be read again. */
#include "target.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

static void quiet(void *data, virErrorPtr error)
{
    (void)data, (void)error;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static virConnectPtr connection;
    if (!connection) {
        target_world();
        virSetErrorFunc(NULL, quiet);
        connection = virConnectOpen("test:///default");
        CHECK(connection != NULL);
    }
    char *text = target_text(data, size);
    virResetLastError();
    virDomainPtr domain = virDomainDefineXML(connection, text);
    if (domain) {
        char *xml = virDomainGetXMLDesc(domain, 0);
        CHECK(xml != NULL);
        virDomainPtr again = virDomainDefineXML(connection, xml);
        CHECK(again != NULL);
        char *second = virDomainGetXMLDesc(again, 0);
        CHECK(second && !strcmp(xml, second));
        free(xml);
        free(second);
        virDomainFree(again);
        if (strcmp(virDomainGetName(domain), "test") != 0 && !virDomainIsActive(domain))
            virDomainUndefine(domain);
        virDomainFree(domain);
    } else {
        CHECK(virGetLastError() && virGetLastError()->code != VIR_ERR_OK);
    }
    free(text);
    return 0;
}
