/*
 * screen.c - a VM's console as a picture: some lines about the VM, in a font of 3 by 5 points.
 *
 * The picture is a PNG of two colours. Rows of such a picture are mostly like the one above, so the
 * compressed form knows only that: a row is written out, or it is a repetition.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "shell.h"
#include "variables.h"

#define WIDTH 640u
#define HEIGHT 480u
#define TIME_SIZE 128u       /* what the compiler thinks it might need */
#define ROW (1u + WIDTH / 8) /* how it is filtered: not at all; then its points */

/* ' ' to '_': five rows from the top, an octal digit each. Small letters look like large ones. */
static const uint16_t glyphs[64] = {
    000000, 022202, 055000, 057575, 036236, 051245, 025253, 022000, 012221, 042224, 052725, 002720, 000024,
    000700, 000002, 011244, 075557, 026227, 071747, 071717, 055711, 074717, 074757, 071122, 075757, 075717,
    002020, 002024, 012421, 007070, 042124, 071202, 025743, 025755, 065656, 034443, 065556, 074647, 074644,
    034553, 055755, 072227, 011152, 055655, 044447, 057755, 065555, 025552, 065644, 025573, 065655, 034216,
    072222, 055557, 055552, 055775, 055255, 055222, 071247, 064446, 044211, 031113, 025000, 000007,
};

/* ---- drawing ---- */

typedef uint8_t canvas[HEIGHT][ROW];

static void draw_box(canvas c, unsigned x, unsigned y, unsigned size)
{
    for (unsigned row = y; row < y + size && row < HEIGHT; row++)
        for (unsigned at = x; at < x + size && at < WIDTH; at++)
            c[row][1 + at / 8] |= (uint8_t)(128 >> at % 8);
}

static void draw_glyph(canvas c, unsigned x, unsigned y, unsigned size, unsigned char letter)
{
    unsigned code = letter >= 'a' && letter <= 'z' ? letter - 32u : letter;
    uint16_t glyph =
        code >= 32 && code < 96 ? glyphs[code - 32] : 077777; /* a full box for what is unknown */
    for (unsigned bit = 0; bit < 15; bit++)
        if (glyph >> (14 - bit) & 1) draw_box(c, x + bit % 3 * size, y + bit / 3 * size, size);
}

/* One line of text; a character of several bytes takes one place. Returns where the next line begins. */
static unsigned draw_line(canvas c, unsigned y, unsigned size, const char *text)
{
    unsigned x = 16;
    for (; *text && x < WIDTH; text++) {
        if (((unsigned char)*text & 0xc0) == 0x80) continue;
        draw_glyph(c, x, y, size, (unsigned char)*text);
        x += 4 * size;
    }
    return y + 7 * size;
}

/* ---- what is on it: world ---- */

/* "2020-01-01 00:00:00"; days are counted from 1 March 0000, so that a leap day is a year's last. */
static void spell_time(char out[TIME_SIZE], uint64_t ns)
{
    unsigned long long s = ns / NS_PER_S, days = s / 86400 + 719468;
    unsigned long long era = days / 146097, day = days % 146097;
    unsigned long long year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    unsigned long long rest = day - (365 * year + year / 4 - year / 100), month = (5 * rest + 2) / 153;
    unsigned long long number = month < 10 ? month + 3 : month - 9;
    snprintf(out, TIME_SIZE, "%04llu-%02llu-%02llu %02llu:%02llu:%02llu", year + era * 400 + (number <= 2),
             number, rest - (153 * month + 2) / 5 + 1, s / 3600 % 24, s / 60 % 60, s % 60);
}

static unsigned draw_programs(canvas c, const vjob_vm *vm, unsigned y)
{
    char line[64];
    for (const sim_process *p = vm->processes; p && y + 21 < HEIGHT; p = p->next) {
        snprintf(line, sizeof line, "%7u  %.50s", p->pid, p->argv[0]);
        y = draw_line(c, y, 3, line);
    }
    return y;
}

static void draw(canvas c, const vjob_vm *vm)
{
    static const char *const tools[] = {"not installed", "not running", "running"};
    char line[160], time[TIME_SIZE], address[16];
    const char *user = sim_guest_of(vm)->console_user;
    spell_time(time, vjob__world_now());
    sim_guest_address(vm, address);
    unsigned y = draw_line(c, 16, 5, vm->name) + 12;
    snprintf(line, sizeof line, "system   %s", vm->config->os);
    y = draw_line(c, y, 3, line);
    snprintf(line, sizeof line, "state    %s", vjob_vm_state_name(sim_vm_state(vm)));
    y = draw_line(c, y, 3, line);
    snprintf(line, sizeof line, "tools    %s", tools[vm->tools]);
    y = draw_line(c, y, 3, line);
    snprintf(line, sizeof line, "clock    %s", time);
    y = draw_line(c, y, 3, line);
    snprintf(line, sizeof line, "memory   %u MB", vm->config->memory_mb);
    y = draw_line(c, y, 3, line);
    snprintf(line, sizeof line, "address  %s", address[0] ? address : "-");
    y = draw_line(c, y, 3, line);
    snprintf(line, sizeof line, "user     %.100s", user[0] ? user : "-");
    y = draw_line(c, y, 3, line);
    draw_programs(c, vm, y + 12);
}

/* ---- PNG (ISO 15948), zlib (RFC 1950), deflate (RFC 1951) ---- */

static void put_32(uint8_t out[4], uint32_t value)
{
    for (int i = 0; i < 4; i++) out[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void add(sim_buffer *out, const void *data, size_t size)
{
    sim_buffer_add(out, data, size);
}

static uint32_t crc(const uint8_t *data, size_t size)
{
    uint32_t sum = 0xffffffffu;
    for (size_t i = 0; i < size; i++) {
        sum ^= data[i];
        for (int bit = 0; bit < 8; bit++) sum = sum >> 1 ^ (sum & 1 ? 0xedb88320u : 0);
    }
    return ~sum;
}

static uint32_t adler(const uint8_t *data, size_t size)
{
    uint32_t a = 1, b = 0;
    for (size_t i = 0; i < size; i++) {
        a = (a + data[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

static void add_chunk(sim_buffer *out, const char *name, const void *data, size_t size)
{
    uint8_t word[4];
    put_32(word, (uint32_t)size);
    add(out, word, 4);
    size_t from = out->size;
    add(out, name, 4);
    add(out, data, size);
    if (out->failed) return;
    put_32(word, crc((const uint8_t *)out->data + from, size + 4));
    add(out, word, 4);
}

static void deflate_stored(sim_buffer *out, const uint8_t *data, size_t size)
{
    for (size_t at = 0, n; at < size; at += n) {
        n = size - at < 65535 ? size - at : 65535;
        const uint8_t head[5] = {at + n == size, (uint8_t)n, (uint8_t)(n >> 8), (uint8_t)~n,
                                 (uint8_t)(~n >> 8)};
        add(out, head, sizeof head);
        add(out, data + at, n);
    }
}

typedef struct bits {
    sim_buffer *out;
    uint32_t word, n;
} bits;

/* Numbers go lowest bit first, codes highest bit first. */
static void add_bit(bits *b, uint32_t bit)
{
    b->word |= (bit & 1) << b->n;
    if (++b->n < 8) return;
    uint8_t byte = (uint8_t)b->word;
    add(b->out, &byte, 1);
    b->word = b->n = 0;
}

static void add_number(bits *b, uint32_t value, int size)
{
    for (int i = 0; i < size; i++) add_bit(b, value >> i);
}

static void add_code(bits *b, uint32_t value, int size)
{
    while (size-- > 0) add_bit(b, value >> size);
}

/* One block of fixed codes. */
static void deflate_rows(sim_buffer *out, const uint8_t *data)
{
    bits b = {out, 0, 0};
    add_number(&b, 3, 3);
    for (unsigned row = 0; row < HEIGHT; row++, data += ROW) {
        if (row && memcmp(data, data - ROW, ROW) == 0) {
            _Static_assert(ROW == 81, "the codes below are those of 81");
            add_code(&b, 277 - 256, 7); /* a length of 67 to 82, 14 more than 67; */
            add_number(&b, 81 - 67, 4);
            add_code(&b, 12, 5); /* a distance of 65 to 96 */
            add_number(&b, 81 - 65, 5);
            continue;
        }
        for (unsigned i = 0; i < ROW; i++) {
            if (data[i] < 144)
                add_code(&b, 0x30u + data[i], 8);
            else
                add_code(&b, 0x190u + data[i] - 144, 9);
        }
    }
    add_code(&b, 0, 7); /* the end */
    while (b.n) add_bit(&b, 0);
}

static void encode(sim_buffer *out, canvas c, int plain)
{
    static const uint8_t mark[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'}, zlib[2] = {0x78, 0x01};
    static const uint8_t palette[6] = {0x10, 0x20, 0x40, 0xe0, 0xe8, 0xf0};
    uint8_t head[13] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 0, 0, 0}, sum[4]; /* 1 bit a point, by palette */
    sim_buffer body = {0};
    put_32(head, WIDTH);
    put_32(head + 4, HEIGHT);
    put_32(sum, adler(c[0], HEIGHT * ROW));
    add(&body, zlib, sizeof zlib);
    if (plain)
        deflate_stored(&body, c[0], HEIGHT * ROW);
    else
        deflate_rows(&body, c[0]);
    add(&body, sum, sizeof sum);
    add(out, mark, sizeof mark);
    add_chunk(out, "IHDR", head, sizeof head);
    add_chunk(out, "PLTE", palette, sizeof palette);
    if (!body.failed) add_chunk(out, "IDAT", body.data, body.size);
    add_chunk(out, "IEND", "", 0);
    out->failed |= body.failed;
    sim_buffer_free(&body);
}

int vjob_vm_screen(vjob_vm *vm, int plain, void **out_png, size_t *out_size)
{
    if (out_png) *out_png = NULL;
    if (out_size) *out_size = 0;
    if (!vm || !out_png || !out_size) return EINVAL;
    uint8_t(*points)[ROW] = calloc(HEIGHT, ROW);
    if (!points) return ENOMEM;
    int entered = sim_enter();
    draw(points, vm);
    sim_leave(entered);
    sim_buffer png = {0};
    encode(&png, points, plain);
    free(points);
    if (png.failed) {
        sim_buffer_free(&png);
        return ENOMEM;
    }
    *out_png = png.data;
    *out_size = png.size;
    return 0;
}
