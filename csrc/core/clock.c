/*
 * clock.c - the one clock: real, scaled, or auto (a number that the scheduler moves).
 *
 * clock = base + (real - real_base) * rate, or just base in auto mode. Readers take no lock: the four
 * numbers are behind a sequence count.
 */
#include "core.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define AUTO_START 1577836800000000000ull /* 2020-01-01T00:00:00Z */
#define GRACE_DEFAULT_MS 20
#define RATE_MAX 1e6

static struct {
    uint32_t seq;
    uint32_t mode; /* clock_mode */
    uint64_t base; /* clock at real_base */
    uint64_t real_base;
    double rate;
    uint64_t grace; /* auto: real ns */
    int started;    /* something has happened at this time already */
} c = {.rate = 1, .grace = GRACE_DEFAULT_MS * NS_PER_MS};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

typedef struct reading {
    uint32_t seq;
    uint32_t mode;
    uint64_t base, real_base;
    double rate;
} reading;

static inline reading read_fields(void)
{
    reading r;
    r.seq = __atomic_load_n(&c.seq, __ATOMIC_ACQUIRE);
    r.mode = __atomic_load_n(&c.mode, __ATOMIC_RELAXED);
    r.base = __atomic_load_n(&c.base, __ATOMIC_RELAXED);
    r.real_base = __atomic_load_n(&c.real_base, __ATOMIC_RELAXED);
    __atomic_load(&c.rate, &r.rate, __ATOMIC_RELAXED);
    return r;
}

/* It was read during a change, or has changed since. */
static inline int is_stale(const reading *r)
{
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return (r->seq & 1) || __atomic_load_n(&c.seq, __ATOMIC_RELAXED) != r->seq;
}

static reading read_clock(void)
{
    reading r;
    do r = read_fields();
    while (is_stale(&r));
    return r;
}

/* Lock held. From the beginning of a change to its end readers wait: an instant taken in between is not
 * one that they have seen. */
static void begin_change(void)
{
    __atomic_fetch_add(&c.seq, 1, __ATOMIC_SEQ_CST);
}

static void end_change(uint32_t mode, uint64_t base, uint64_t real_base, double rate)
{
    __atomic_store_n(&c.mode, mode, __ATOMIC_RELEASE);
    __atomic_store_n(&c.base, base, __ATOMIC_RELEASE);
    __atomic_store_n(&c.real_base, real_base, __ATOMIC_RELEASE);
    __atomic_store(&c.rate, &rate, __ATOMIC_RELEASE);
    __atomic_fetch_add(&c.seq, 1, __ATOMIC_RELEASE);
}

static uint64_t at_real(const reading *r, uint64_t real)
{
    if (r->mode == CLOCK_AUTO) return r->base;
    uint64_t passed = real > r->real_base ? real - r->real_base : 0;
    return r->base + (r->mode == CLOCK_REAL ? passed : (uint64_t)((double)passed * r->rate));
}

uint64_t vjob_clock_now(void)
{
    reading r;
    uint64_t now;
    do { /* a reading is good for instants before the next change only: a slower rate would go back */
        r = read_fields();
        if (unlikely(!r.base && !(r.seq & 1))) vjob__clock_reset();
        now = at_real(&r, r.mode == CLOCK_AUTO ? 0 : plat_real_ns());
    } while (unlikely(!r.base || is_stale(&r)));
    return now;
}

clock_mode vjob__clock_mode(void)
{
    return (clock_mode)__atomic_load_n(&c.mode, __ATOMIC_RELAXED);
}

uint64_t vjob__clock_grace_ns(void)
{
    return __atomic_load_n(&c.grace, __ATOMIC_RELAXED);
}

void vjob__clock_jump(uint64_t to_ns)
{
    pthread_mutex_lock(&lock);
    if (c.mode == CLOCK_AUTO && to_ns > c.base) {
        begin_change();
        end_change(CLOCK_AUTO, to_ns, 0, 1);
    }
    pthread_mutex_unlock(&lock);
}

uint64_t vjob__clock_real_delay(uint64_t due_ns)
{
    reading r = read_clock();
    if (due_ns == UINT64_MAX) return UINT64_MAX;
    uint64_t now = at_real(&r, plat_real_ns());
    if (due_ns <= now) return 0;
    uint64_t left = due_ns - now;
    return r.mode == CLOCK_SCALED ? (uint64_t)((double)left / r.rate) + 1 : left;
}

uint64_t vjob__clock_after_real(uint64_t delay_ns)
{
    reading r = read_clock();
    uint64_t real = plat_real_ns();
    return real + delay_ns < real ? UINT64_MAX : at_real(&r, real + delay_ns);
}

/* ---- setting it ---- */

/* A positive decimal. Not strtod: its decimal point depends on the program's locale. */
static int parse_rate(const char *text, double *out)
{
    double value = 0, unit = 1;
    int digits = 0, point = 0;
    for (; *text; text++) {
        if (*text == '.' && !point) {
            point = 1;
        } else if (isdigit((unsigned char)*text)) {
            value = value * 10 + (*text - '0');
            if (point) unit *= 10;
            digits = 1;
        } else {
            return -1;
        }
    }
    *out = value / unit;
    return digits && *out > 0 && *out <= RATE_MAX ? 0 : -1;
}

static int parse(const char *spec, uint32_t *mode, double *rate, uint64_t *grace_ms)
{
    char *end;
    *rate = 1;
    *grace_ms = GRACE_DEFAULT_MS;
    if (!strcmp(spec, "real")) return *mode = CLOCK_REAL, 0;
    if (!strcmp(spec, "auto")) return *mode = CLOCK_AUTO, 0;
    if (!strncmp(spec, "auto:", 5) && isdigit((unsigned char)spec[5])) {
        errno = 0;
        *grace_ms = strtoul(spec + 5, &end, 10);
        *mode = CLOCK_AUTO;
        return errno || *end || *grace_ms < 1 || *grace_ms > 60000 ? -1 : 0;
    }
    *mode = CLOCK_SCALED;
    return spec[0] == 'x' ? parse_rate(spec + 1, rate) : -1;
}

vjob_err vjob__clock_parse(const char *spec, int apply)
{
    uint32_t mode;
    double rate;
    uint64_t grace_ms;
    if (!spec || parse(spec, &mode, &rate, &grace_ms))
        return vjob_fail(
            VJOB_EINVAL, spec, NULL,
            "clock \"%s\": say real, xN (N a positive decimal), auto, or auto:G (G = 1 to 60000 ms)",
            spec ? spec : "");
    if (!apply) return VJOB_OK;
    pthread_mutex_lock(&lock);
    begin_change();
    reading r = {c.seq, c.mode, c.base, c.real_base, c.rate};
    uint64_t real = plat_real_ns();
    /* before anything has happened auto starts at its own date; afterwards time goes on from now */
    uint64_t base = c.started ? at_real(&r, real) : mode == CLOCK_AUTO ? AUTO_START : plat_wall_ns();
    __atomic_store_n(&c.grace, grace_ms * NS_PER_MS, __ATOMIC_RELAXED);
    end_change(mode, base, mode == CLOCK_AUTO ? 0 : real, rate);
    pthread_mutex_unlock(&lock);
    return VJOB_OK;
}

void vjob__clock_reset(void)
{
    pthread_mutex_lock(&lock);
    c.started = 0;
    begin_change();
    end_change(c.mode, c.mode == CLOCK_AUTO ? AUTO_START : plat_wall_ns(),
               c.mode == CLOCK_AUTO ? 0 : plat_real_ns(), c.rate);
    pthread_mutex_unlock(&lock);
}

void vjob__clock_mark_started(void)
{
    pthread_mutex_lock(&lock);
    c.started = 1;
    pthread_mutex_unlock(&lock);
}
