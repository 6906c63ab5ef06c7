/* source.c - sources of events for native programs, and the one that tells of the simulated world. */
#include "channel.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct source {
    vjob_obj obj;
    vjob_channel *channel;
    char name[48];
} source;

typedef void (*event_fn)(const vjob_event *event, void *user_data);

typedef struct event_item {
    vjob_item item;
    size_t steps; /* of memory */
    vjob_event event;
    char text[];
} event_item;

static void call_all(vjob_round round, vjob_item *item)
{
    const vjob_handler *handler;
    const vjob_event *event = &((event_item *)(void *)item)->event;
    while ((handler = vjob__round_next(&round))) ((event_fn)handler->fn)(event, handler->user_data);
}

static const vjob_channel_ops ops = {NULL, NULL, NULL}; /* all is in call_all */

static void destroy(vjob_obj *obj)
{
    vjob_channel_close(((source *)(void *)obj)->channel, 0);
}

static void describe(vjob_obj *obj, char *out, size_t cap)
{
    strncpy(out, ((source *)(void *)obj)->name, cap - 1);
    out[cap - 1] = 0;
}

static const vjob_class source_class = {"source", VJOB_SPACE_NATIVE, 1, destroy, describe};

static source *make(const char *name)
{
    source *s = (source *)(void *)vjob_obj_new(&source_class, sizeof *s);
    if (!s || !(s->channel = vjob__channel_create(VJOB_SPACE_NATIVE, &ops, s, call_all))) {
        if (s) vjob__obj_discard(&s->obj);
        vjob_fail(VJOB_ENOMEM, name, NULL, "no memory for an event source");
        return NULL;
    }
    strncpy(s->name, name ? name : "", sizeof s->name - 1);
    return s;
}

vjob_err vjob_source_create(const char *name, vjob_handle *out)
{
    if (!out) return vjob_fail(VJOB_EINVAL, NULL, NULL, "vjob_source_create: out_source is missing");
    *out = 0;
    vjob_err err = vjob_enter(VJOB_SPACE_NATIVE);
    if (err) return err;
    source *s = make(name);
    if (!s) return VJOB_ENOMEM;
    err = vjob_name_create(&s->obj, out);
    vjob_obj_release(&s->obj);
    return err;
}

/* ---- the world's ---- */

static source *world_source; /* world; lives from the first ask to the end of the native API */

vjob_err vjob_source_world(vjob_handle *out)
{
    if (!out) return vjob_fail(VJOB_EINVAL, NULL, NULL, "vjob_source_world: out_source is missing");
    *out = 0;
    vjob_err err = vjob_enter(VJOB_SPACE_NATIVE);
    if (err) return err;
    source *fresh = make("world");
    if (!fresh) return VJOB_ENOMEM;
    vjob__world_lock();
    if (!world_source) {
        world_source = fresh;
        fresh = NULL;
    }
    err = vjob_name_give(&world_source->obj, out);
    vjob__world_unlock();
    if (fresh) vjob_obj_release(&fresh->obj);
    return err;
}

void vjob__world_source_end(void)
{
    vjob__world_lock();
    source *s = world_source;
    world_source = NULL;
    vjob__world_unlock();
    if (s) vjob_obj_release(&s->obj);
}

/* ---- posting ---- */

static void free_item(vjob_item *item)
{
    vjob__slab_give(item, ((event_item *)(void *)item)->steps);
}

typedef struct lengths {
    size_t what, object, state, all;
} lengths;

static size_t length(const char *text)
{
    return text ? strlen(text) : 0;
}

static lengths measure(const vjob_event *e)
{
    lengths n = {length(e->what), length(e->object), length(e->state), 0};
    n.all = n.what + n.object + n.state + 3;
    return n;
}

static event_item *new_item(size_t text_size)
{
    const size_t steps = vjob__slab_steps(sizeof(event_item) + text_size);
    event_item *item = vjob__slab_take(steps);
    if (!item) return NULL;
    vjob_item_init(&item->item, free_item);
    item->steps = steps;
    return item;
}

static const char *keep(char **at, const char *text, size_t n)
{
    char *start = *at;
    if (n) memcpy(start, text, n);
    start[n] = 0;
    *at = start + n + 1;
    return start;
}

static void fill_in(event_item *item, const vjob_event *e, const lengths *n)
{
    char *at = item->text;
    item->event = *e;
    item->event.what = keep(&at, e->what, n->what);
    item->event.object = keep(&at, e->object, n->object);
    item->event.state = keep(&at, e->state, n->state);
}

static vjob_err post(source *s, const vjob_event *e)
{
    if (!vjob_channel_handlers(s->channel)) return VJOB_OK;
    const lengths n = measure(e);
    event_item *item = new_item(n.all);
    if (!item) return vjob_fail(VJOB_ENOMEM, s->name, NULL, "no memory to post an event");
    fill_in(item, e, &n);
    return vjob__channel_give(s->channel, &item->item);
}

uint64_t vjob__world_event(const char *what, const char *object, const char *state, int progress,
                           uint64_t value)
{
    uint64_t number = vjob__log(what, object, state, progress);
    if (world_source && vjob_channel_handlers(world_source->channel)) {
        vjob_event e = {.time_ns = vjob__world_now(),
                        .seq = number,
                        .what = what,
                        .object = object,
                        .state = state,
                        .progress = progress < 0 ? 0 : (uint32_t)progress,
                        .value = value};
        post(world_source, &e); /* out of memory: this event is lost to native handlers, not to the log */
    }
    return number;
}

static vjob_err find_object(vjob_handle h, const vjob_class *cls, vjob_obj **out)
{
    vjob_err err = vjob_enter(VJOB_SPACE_NATIVE);
    if (!err && (err = vjob_pin(VJOB_SPACE_NATIVE, h, out))) vjob__fail_handle(h, err);
    if (err) return err;
    if ((*out)->cls != cls) {
        vjob_unpin(h);
        return vjob__fail_handle(h, VJOB_ETYPE);
    }
    return VJOB_OK;
}

static vjob_err find(vjob_handle h, source **out)
{
    vjob_obj *obj = NULL;
    vjob_err err = find_object(h, &source_class, &obj);
    *out = (source *)(void *)obj;
    return err;
}

vjob_err vjob_source_post(vjob_handle h, const vjob_event *event)
{
    source *s;
    if (!event) return vjob_fail(VJOB_EINVAL, NULL, NULL, "vjob_source_post: event is missing");
    vjob_err err = find(h, &s);
    if (err) return err;
    vjob_event e = *event;
    if (!e.time_ns) e.time_ns = vjob_clock_now();
    err = post(s, &e);
    vjob_unpin(h);
    return err;
}

vjob_err vjob_handler_add(vjob_handle h, event_fn fn, void *user_data, void (*free_user_data)(void *))
{
    source *s;
    if (!fn) return vjob_fail(VJOB_EINVAL, NULL, NULL, "vjob_handler_add: fn is missing");
    vjob_err err = find(h, &s);
    if (err) return err;
    vjob_handler handler = {(vjob_any_fn)fn, user_data, 0};
    err = vjob_channel_add(s->channel, &handler, free_user_data);
    vjob_unpin(h);
    return err;
}

vjob_err vjob_handler_remove(vjob_handle h, event_fn fn, void *user_data)
{
    source *s;
    vjob_err err = find(h, &s);
    if (err) return err;
    vjob_handler handler = {(vjob_any_fn)fn, user_data, 0};
    err = vjob_channel_remove(s->channel, &handler);
    if (err == VJOB_ENOENT) vjob_fail(err, s->name, NULL, "no such handler is registered");
    vjob_unpin(h);
    return err;
}

/* ---- events as objects, for handlers that pull them ---- */

typedef struct event_object {
    vjob_obj obj;
    event_item *content; /* one reference */
} event_object;

static void destroy_event(vjob_obj *obj)
{
    event_object *e = (event_object *)(void *)obj;
    if (e->content) vjob_item_release(&e->content->item);
}

static void describe_event(vjob_obj *obj, char *out, size_t cap)
{
    strncpy(out, ((event_object *)(void *)obj)->content->event.what, cap - 1);
    out[cap - 1] = 0;
}

static const vjob_class event_class = {"event", VJOB_SPACE_NATIVE, 4, destroy_event, describe_event};

void vjob_source_ring_handler(const vjob_event *event, void *tap)
{
    event_item *content = (event_item *)(void *)((char *)(uintptr_t)event - offsetof(event_item, event));
    vjob__tap_post_event(tap, vjob_item_retain(&content->item));
}

vjob_handle vjob__event_give(vjob_item *content)
{
    vjob_handle handle = 0;
    event_object *e = (event_object *)(void *)vjob_obj_new(&event_class, sizeof *e);
    if (!e) {
        vjob_item_release(content);
        return 0;
    }
    e->content = (event_item *)(void *)content;
    if (vjob_name_create(&e->obj, &handle)) handle = 0;
    vjob_obj_release(&e->obj);
    return handle;
}

#define LOOK_BACK 12 /* texts among which an equal one is looked for */

static uint32_t text_place(vjob_event_columns *c, const char *text)
{
    const size_t from = c->n_texts > LOOK_BACK ? c->n_texts - LOOK_BACK : 0;
    for (size_t i = c->n_texts; i > from; i--)
        if (!strcmp(c->texts[i - 1], text)) return (uint32_t)(i - 1);
    c->texts[c->n_texts] = text;
    return (uint32_t)c->n_texts++;
}

void vjob__event_column(vjob_event_columns *c, vjob_item *item)
{
    const vjob_event *e = &((event_item *)(void *)item)->event;
    const size_t i = c->n++;
    c->kept[i] = item;
    c->time_ns[i] = e->time_ns;
    c->seq[i] = e->seq;
    c->value[i] = e->value;
    c->progress[i] = e->progress;
    c->what[i] = text_place(c, e->what);
    c->object[i] = text_place(c, e->object);
    c->state[i] = text_place(c, e->state);
}

vjob_err vjob_event_look(vjob_handle h, vjob_event *out_event)
{
    vjob_obj *obj = NULL;
    if (!out_event) return vjob_fail(VJOB_EINVAL, NULL, NULL, "vjob_event_look: out_event is missing");
    vjob_err err = find_object(h, &event_class, &obj);
    if (err) return err;
    *out_event = ((event_object *)(void *)obj)->content->event;
    vjob_unpin(h);
    return VJOB_OK;
}
