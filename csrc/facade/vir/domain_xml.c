/* What domains and saved images look like as XML, and XML of other tools, which is not read here. */
#include "vir_def.h"

#define TEST_FLAGS (VIR_DOMAIN_XML_SECURE | VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_MIGRATABLE)

char *virDomainGetXMLDesc(virDomainPtr domain, unsigned int flags)
{
    VIR_DOMAIN(d, domain, NULL);
    vir_conn *conn = d->member.conn;
    const unsigned known =
        conn->manner == VIR_MANNER_TEST ? TEST_FLAGS : TEST_FLAGS | VIR_DOMAIN_XML_UPDATE_CPU;
    VIR_FLAGS(conn, flags, known, NULL);
    if (conn->read_only && flags & (VIR_DOMAIN_XML_SECURE | VIR_DOMAIN_XML_MIGRATABLE)) {
        vir_fail(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_DENIED, "%s with secure flag", __func__);
        return NULL;
    }
    VIR_THERE(there, d, NULL);
    return vir_xml_print_domain(conn, there.vm, flags);
}

char *virConnectDomainXMLFromNative(virConnectPtr conn, const char *nativeFormat, const char *nativeConfig,
                                    unsigned int flags)
{
    VIR_CONN(c, conn, NULL);
    VIR_WRITABLE(c, NULL);
    VIR_NEED(nativeFormat, "nativeFormat", NULL);
    VIR_NEED(nativeConfig, "nativeConfig", NULL);
    (void)flags;
    vir_unsupported(__func__);
    return NULL;
}

char *virConnectDomainXMLToNative(virConnectPtr conn, const char *nativeFormat, const char *domainXml,
                                  unsigned int flags)
{
    VIR_CONN(c, conn, NULL);
    VIR_WRITABLE(c, NULL);
    VIR_NEED(nativeFormat, "nativeFormat", NULL);
    VIR_NEED(domainXml, "domainXml", NULL);
    (void)flags;
    vir_unsupported(__func__);
    return NULL;
}
