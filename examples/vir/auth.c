/*
 * auth.c - a connection that asks for credentials. With an inventory that lists users only they may log in:
 * VJOB_INVENTORY=examples/inventory.json pyvjob run examples/vir/auth.c NAME PASSWORD
 */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <string.h>

static int ask(virConnectCredentialPtr cred, unsigned int n, void *data)
{
    char **words = data;
    for (unsigned int i = 0; i < n; i++) {
        const char *word = cred[i].type == VIR_CRED_AUTHNAME ? words[0] : words[1];
        printf("asked for %s\n", cred[i].prompt);
        if (!(cred[i].result = strdup(word))) return -1;
        cred[i].resultlen = (unsigned int)strlen(word);
    }
    return 0;
}

int main(int argc, char **argv)
{
    int types[] = {VIR_CRED_AUTHNAME, VIR_CRED_PASSPHRASE};
    char *words[] = {argc > 1 ? argv[1] : "nobody", argc > 2 ? argv[2] : ""};
    virConnectAuth auth = {types, 2, ask, words};
    virConnectPtr conn = virConnectOpenAuth("vjob:///", &auth, 0);
    if (!conn) {
        printf("refused with code %d\n", virGetLastError()->code);
        return 1;
    }
    printf("%d domains\n", virConnectNumOfDomains(conn));
    return virConnectClose(conn);
}
