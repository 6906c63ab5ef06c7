/* Credentials: asking the program, and the callback that asks on the terminal. */
#include "auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- asking -------------------------------------------------------------------------------------------- */

/* The kind among those the program can provide, or -1. */
static int kind_of(const virConnectAuth *auth, int first, int second)
{
    const int wanted[] = {first, second};
    for (size_t w = 0; w < 2; w++)
        for (unsigned i = 0; auth->credtype && i < auth->ncredtype; i++)
            if (auth->credtype[i] == wanted[w]) return wanted[w];
    return -1;
}

/* Ask for one thing; *out is the program's malloc'ed answer. */
static int ask(virConnectAuthPtr auth, int kind, const char *prompt, const char *host, char **out)
{
    virConnectCredential credential = {.type = kind, .prompt = prompt, .challenge = host};
    if (auth->cb(&credential, 1, auth->cbdata) < 0) {
        free(credential.result);
        return vir_fail(VIR_FROM_AUTH, VIR_ERR_AUTH_CANCELLED, "%s", prompt);
    }
    if (!credential.result) return vir_fail(VIR_FROM_AUTH, VIR_ERR_AUTH_FAILED, "no answer to: %s", prompt);
    *out = credential.result;
    return 0;
}

static int ask_name(virConnectAuthPtr auth, const char *host, char **out)
{
    char prompt[320];
    const int kind = kind_of(auth, VIR_CRED_AUTHNAME, VIR_CRED_ECHOPROMPT);
    if (kind < 0)
        return vir_fail(VIR_FROM_AUTH, VIR_ERR_AUTH_FAILED, "the program cannot provide a user's name");
    snprintf(prompt, sizeof prompt, "Enter username for %s", host);
    return ask(auth, kind, prompt, host, out);
}

static int ask_password(virConnectAuthPtr auth, const char *user, const char *host, char **out)
{
    char prompt[480];
    const int kind = kind_of(auth, VIR_CRED_PASSPHRASE, VIR_CRED_NOECHOPROMPT);
    if (kind < 0)
        return vir_fail(VIR_FROM_AUTH, VIR_ERR_AUTH_FAILED, "the program cannot provide a password");
    snprintf(prompt, sizeof prompt, "Enter %s's password for %s", user, host);
    return ask(auth, kind, prompt, host, out);
}

/* Passwords do not stay in memory. */
static void forget(char *text)
{
    volatile char *at = text;
    while (at && *at) *at++ = '\0';
    free(text);
}

int vir_auth_login(vjob_host *host, const char *user, virConnectAuthPtr auth)
{
    vjob_host_info info;
    char *name = NULL, *password = NULL;
    if (!vjob_host_login(host, "", "")) return 0; /* no users are listed: everybody may */
    vjob_host_look(host, &info);
    if (!auth || !auth->cb)
        return vir_fail(VIR_FROM_AUTH, VIR_ERR_AUTH_FAILED, "%s wants a user's name and password", info.name);
    int failed = *user ? 0 : ask_name(auth, info.name, &name);
    if (name) user = name;
    if (!failed) failed = ask_password(auth, user, info.name, &password);
    if (!failed && vjob_host_login(host, user, password))
        failed = vir_fail(VIR_FROM_AUTH, VIR_ERR_AUTH_FAILED, "%s does not know user %s with this password",
                          info.name, user);
    forget(password);
    free(name);
    return failed;
}

/* ---- on the terminal -------------------------------------------------------------------------------------- */

static int read_line(char **out)
{
    char line[512];
    if (!fgets(line, sizeof line, stdin)) return -1;
    line[strcspn(line, "\n")] = '\0';
    *out = strdup(line);
    return *out ? 0 : -1;
}

static int answer(virConnectCredentialPtr credential)
{
    if (credential->type == VIR_CRED_EXTERNAL) return -1; /* there is nobody else to ask */
    printf("%s: ", credential->prompt ? credential->prompt : "");
    fflush(stdout);
    char *text = NULL;
    if (read_line(&text)) return -1;
    if (!*text && credential->defresult) {
        free(text);
        text = strdup(credential->defresult);
        if (!text) return -1;
    }
    credential->result = text;
    credential->resultlen = (unsigned)strlen(text);
    return 0;
}

static int ask_on_terminal(virConnectCredentialPtr cred, unsigned int ncred, void *cbdata)
{
    (void)cbdata;
    for (unsigned i = 0; i < ncred; i++)
        if (answer(&cred[i])) return -1;
    return 0;
}

static int asked_for[] = {VIR_CRED_AUTHNAME,   VIR_CRED_ECHOPROMPT,   VIR_CRED_REALM,
                          VIR_CRED_PASSPHRASE, VIR_CRED_NOECHOPROMPT, VIR_CRED_EXTERNAL};
static virConnectAuth on_terminal = {
    .credtype = asked_for,
    .ncredtype = sizeof asked_for / sizeof *asked_for,
    .cb = ask_on_terminal,
};
virConnectAuthPtr virConnectAuthPtrDefault = &on_terminal;
