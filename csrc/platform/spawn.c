/*
 * spawn.c - the part of platform.h that runs other programs, shut into one folder.
 *
 * The kernel keeps them there (Landlock): they can read and run what the system has below a few folders,
 * write below their own, and reach no network. Where the kernel cannot do that, nothing is run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform.h"

#if defined(__linux__) && defined(__has_include)
#if __has_include(<linux/landlock.h>)
#define HAS_LANDLOCK 1
#endif
#endif

#ifdef HAS_LANDLOCK

#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* ---- the folder ---- */

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE)
#define ALL_1 ((1ull << 13) - 1) /* what the first version of Landlock knows of */

static uint64_t rights_of(int version)
{
    const uint64_t refer = 1ull << 13, truncate = 1ull << 14, ioctl_dev = 1ull << 15;
    return ALL_1 | (version >= 2 ? refer : 0) | (version >= 3 ? truncate : 0) |
           (version >= 5 ? ioctl_dev : 0);
}

static int version_of_kernel(void)
{
    return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, 1u /* LANDLOCK_CREATE_RULESET_VERSION */);
}

static int allow(int rules, const char *path, uint64_t rights)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = rights,
                                              .parent_fd = open(path, O_PATH | O_CLOEXEC)};
    if (rule.parent_fd < 0) return errno == ENOENT ? 0 : -1;
    const long rc = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
    return (int)rc;
}

/* In the child: from here on it sees the system and writes to the folder. Nothing but system calls. */
static int shut_in(const char *folder)
{
    static const char *const folders[] = {
        "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/alternatives"};
    static const char *const files[] = {"/etc/ld.so.cache", "/etc/localtime", "/dev/urandom", "/dev/zero"};
    const int version = version_of_kernel();
    if (version < 1) return -1;
    struct {
        uint64_t files, net;
    } handled = {rights_of(version), version >= 4 ? 3 : 0}; /* bind and connect */
    const int rules = (int)syscall(SYS_landlock_create_ruleset, &handled,
                                   version >= 4 ? sizeof handled : sizeof handled.files, 0);
    if (rules < 0) return -1;
    int rc = allow(rules, folder, handled.files);
    for (size_t i = 0; !rc && i < sizeof folders / sizeof *folders; i++) rc = allow(rules, folders[i], READ);
    for (size_t i = 0; !rc && i < sizeof files / sizeof *files; i++)
        rc = allow(rules, files[i], LANDLOCK_ACCESS_FS_READ_FILE);
    if (!rc) rc = allow(rules, "/dev/null", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE);
    if (!rc) rc = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (!rc) rc = (int)syscall(SYS_landlock_restrict_self, rules, 0);
    close(rules);
    return rc;
}

int plat_program_possible(void)
{
    return version_of_kernel() >= 1;
}

/* ---- start ---- */

static void close_from(int first)
{
#ifdef SYS_close_range
    if (!syscall(SYS_close_range, first, ~0u, 0)) return;
#endif
    for (int fd = first; fd < 1024; fd++) close(fd);
}

/* In the child. `report` is a pipe that closes by itself when the program runs. */
static void become(const plat_program *program, int in, int out, int report)
{
    sigset_t none;
    int failed;
    sigemptyset(&none);
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 || dup2(report, 3) < 0 ||
        fcntl(3, F_SETFD, FD_CLOEXEC) || chdir(program->folder) || shut_in(program->folder)) {
        failed = errno ? errno : ENOTSUP;
    } else {
        close_from(4);
        for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execve(program->args[0], program->args, program->env);
        failed = errno;
        report = 3;
    }
    while (write(report, &failed, sizeof failed) < 0 && errno == EINTR) {}
    _exit(127);
}

static void close_both(const int pair[2])
{
    close(pair[0]);
    close(pair[1]);
}

static int make_pipes(int pipes[3][2])
{
    for (int i = 0; i < 3; i++)
        if (pipe2(pipes[i], O_CLOEXEC)) {
            const int rc = errno;
            while (i-- > 0) close_both(pipes[i]);
            return rc;
        }
    return 0;
}

/* Low numbers are where the child puts its own. */
static int lift(int pipes[3][2])
{
    for (int i = 0; i < 6; i++) {
        int *fd = &pipes[i / 2][i % 2];
        const int lifted = fcntl(*fd, F_DUPFD_CLOEXEC, 10);
        if (lifted < 0) return errno;
        close(*fd);
        *fd = lifted;
    }
    return 0;
}

int plat_program_start(const plat_program *program, plat_child *out)
{
    int pipes[3][2], failed = 0;
    int rc = make_pipes(pipes);
    if (rc) return rc;
    rc = lift(pipes);
    const pid_t pid = rc ? -1 : fork();
    if (pid == 0) become(program, pipes[0][0], pipes[1][1], pipes[2][1]);
    if (pid < 0) {
        rc = rc ? rc : errno;
        for (int i = 0; i < 3; i++) close_both(pipes[i]);
        return rc;
    }
    close(pipes[0][0]);
    close(pipes[1][1]);
    close(pipes[2][1]);
    *out = (plat_child){.pid = pid, .in = pipes[0][1], .out = pipes[1][0]};
    if (plat_read(pipes[2][0], &failed, sizeof failed) != sizeof failed) failed = 0;
    close(pipes[2][0]);
    if (!failed) return 0;
    close(out->in);
    close(out->out);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    return failed;
}

/* ---- talk and end ---- */

static void feed(plat_child *child, const char *data, size_t size, size_t *at)
{
    const ssize_t n = *at < size ? write(child->in, data + *at, size - *at) : -1;
    if (n > 0) *at += (size_t)n;
    if (*at < size && (n > 0 || errno == EAGAIN || errno == EINTR)) return;
    close(child->in);
    child->in = -1;
}

/* 0: the end. */
static int fetch(plat_child *child, plat_program_sink *sink, void *data)
{
    char piece[16384];
    const ssize_t n = read(child->out, piece, sizeof piece);
    if (n > 0) sink(data, piece, (size_t)n);
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

void plat_program_talk(plat_child *child, const char *input, size_t size, plat_program_sink *sink, void *data)
{
    size_t at = 0;
    siginfo_t info = {0};
    const int end = (int)syscall(SYS_pidfd_open, child->pid, 0);
    fcntl(child->in, F_SETFL, O_NONBLOCK);
    fcntl(child->out, F_SETFL, O_NONBLOCK);
    for (int more = 1; more;) {
        struct pollfd fds[] = {{child->out, POLLIN, 0}, {child->in, POLLOUT, 0}, {end, POLLIN, 0}};
        if (poll(fds, end < 0 ? 2 : 3, -1) < 0 && errno != EINTR) break;
        if (fds[1].revents && child->in >= 0) feed(child, input, size, &at);
        if (fds[0].revents) more = fetch(child, sink, data);
        if (end >= 0 && fds[2].revents) break;
    }
    while (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR) {}
    plat_program_kill(child); /* what it left running in the background */
    struct pollfd rest = {child->out, POLLIN, 0};
    while (poll(&rest, 1, 0) > 0 && fetch(child, sink, data)) {}
    if (end >= 0) close(end);
    if (child->in >= 0) close(child->in);
    close(child->out);
}

void plat_program_kill(const plat_child *child)
{
    kill(-child->pid, SIGKILL);
}

int plat_program_reap(plat_child *child)
{
    int status = 0;
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR) {}
    child->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#else

int plat_program_possible(void)
{
    return 0;
}

int plat_program_start(const plat_program *program, plat_child *out)
{
    (void)program, (void)out;
    return ENOTSUP;
}

void plat_program_talk(plat_child *child, const char *input, size_t size, plat_program_sink *sink, void *data)
{
    (void)child, (void)input, (void)size, (void)sink, (void)data;
}

void plat_program_kill(const plat_child *child)
{
    (void)child;
}

int plat_program_reap(plat_child *child)
{
    (void)child;
    return 127;
}

#endif
