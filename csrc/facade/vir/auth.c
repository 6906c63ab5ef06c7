/* Credentials. */
#include "vir_internal.h"

static int ask_on_terminal(virConnectCredentialPtr cred, unsigned int ncred, void *cbdata)
{
    (void)cred;
    (void)ncred;
    (void)cbdata;
    return -1;
}

static int asked_for[] = {VIR_CRED_AUTHNAME,   VIR_CRED_ECHOPROMPT,   VIR_CRED_REALM,
                          VIR_CRED_PASSPHRASE, VIR_CRED_NOECHOPROMPT, VIR_CRED_EXTERNAL};
static virConnectAuth on_terminal = {
    .credtype = asked_for,
    .ncredtype = sizeof asked_for / sizeof *asked_for,
    .cb = ask_on_terminal,
};
virConnectAuthPtr virConnectAuthPtrDefault = &on_terminal;
