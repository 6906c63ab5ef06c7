/* test_sim_network.c - networks as objects: definitions, what is active, who is told. */
#include "sim_test.h"

#define UUID_A "aaaaaaaa-0000-4000-8000-0000000000a1"
#define UUID_B "aaaaaaaa-0000-4000-8000-0000000000b1"

static vjob_network *define(const char *name, const char *uuid, const char *bridge)
{
    vjob_network_config config = {0};
    snprintf(config.name, sizeof config.name, "%s", name);
    snprintf(config.uuid, sizeof config.uuid, "%s", uuid);
    snprintf(config.bridge, sizeof config.bridge, "%s", bridge);
    vjob_network *network = NULL;
    OK(vjob_network_define(st_host(), &config, VJOB_SPACE_NONE, NULL, &network));
    return network;
}

static vjob_err op(vjob_op what, vjob_network *network, uint32_t flags)
{
    return st_do(&(vjob_op_request){.op = what, .network = network, .flags = flags});
}

static vjob_network_info look(vjob_network *network)
{
    vjob_network_info info;
    vjob_network_look(network, &info);
    return info;
}

static void the_built_in_one_has_addresses_and_stays_as_it_is(void **state)
{
    (void)state;
    st_begin(NULL);
    vjob_network *network;
    vjob_network_config config;
    OK(vjob_network_by_name(st_host(), "default", &network));
    vjob_network_get_config(network, 0, &config);
    SAME(config.forward, "nat");
    SAME(config.address, "192.168.122.1");
    SAME(config.dhcp_last, "192.168.122.254");
    CHECK(look(network).active && look(network).persistent && !look(network).autostart);
    vjob_network *same;
    OK(vjob_network_by_uuid(st_host(), vjob_network_uuid(network), &same));
    CHECK(same == network);
    vjob_network_release(same);
    vjob_network_release(network);
    FAILS(vjob_network_by_name(st_host(), "nix", &network), VJOB_ENOENT);
    CHECK(network == NULL);
}

static void define_start_stop_undefine_are_told_in_order(void **state)
{
    (void)state;
    st_begin(NULL);
    vjob_network *network = define("lab", UUID_A, "br7");
    CHECK(!look(network).active && look(network).persistent && look(network).listed);
    OK(op(VJOB_OP_NETWORK_START, network, 0));
    CHECK(look(network).active);
    FAILS(op(VJOB_OP_NETWORK_START, network, 0), VJOB_ESTATE);
    HAS(st_text, "\"lab\" is active already");
    OK(op(VJOB_OP_NETWORK_STOP, network, 0));
    FAILS(op(VJOB_OP_NETWORK_STOP, network, 0), VJOB_ESTATE);
    OK(op(VJOB_OP_NETWORK_STOP, network, VJOB_OPF_STOP_AGAIN));
    OK(vjob_network_set_autostart(network, 1));
    OK(vjob_network_set_autostart(network, 1));
    OK(vjob_network_undefine(network, VJOB_NETF_ONLY_INACTIVE));
    CHANGES(":network:lab-defined :network:lab-started :network:lab-stopped :network:lab-stopped "
            ":network:lab-autostart :network:lab-undefined");
    CHECK(!look(network).listed);
    FAILS(op(VJOB_OP_NETWORK_START, network, 0), VJOB_ENOENT);
    FAILS(vjob_network_undefine(network, 0), VJOB_ENOENT);
    CHECK(vjob_network_host(network) == NULL);
    vjob_network_release(network);
}

static void an_active_one_keeps_its_plan_until_it_stops(void **state)
{
    (void)state;
    st_begin(NULL);
    vjob_network_config config;
    vjob_network *network = define("lab", UUID_A, "old"), *again;
    OK(op(VJOB_OP_NETWORK_START, network, 0));
    again = define("lab", UUID_A, "new");
    CHECK(again == network);
    vjob_network_release(again);
    vjob_network_get_config(network, 0, &config);
    SAME(config.bridge, "old");
    vjob_network_get_config(network, 1, &config);
    SAME(config.bridge, "new");
    OK(op(VJOB_OP_NETWORK_STOP, network, 0));
    vjob_network_get_config(network, 0, &config);
    SAME(config.bridge, "new");
    vjob_network_release(network);
}

static void names_and_uuids_belong_together(void **state)
{
    (void)state;
    st_begin(NULL);
    vjob_network *network = define("lab", UUID_A, ""), *other = NULL;
    vjob_network_config config = {.name = "lab", .uuid = UUID_B};
    FAILS(vjob_network_define(st_host(), &config, VJOB_SPACE_NONE, NULL, &other), VJOB_EEXIST);
    config.uuid[0] = '\0';
    FAILS(vjob_network_define(st_host(), &config, VJOB_SPACE_NONE, NULL, &other), VJOB_EEXIST);
    config = (vjob_network_config){.name = "else", .uuid = UUID_A};
    FAILS(vjob_network_define(st_host(), &config, VJOB_SPACE_NONE, NULL, &other), VJOB_EEXIST);
    config = (vjob_network_config){.name = "a\nb"};
    FAILS(vjob_network_define(st_host(), &config, VJOB_SPACE_NONE, NULL, &other), VJOB_EINVAL);
    config = (vjob_network_config){.uuid = UUID_B};
    FAILS(vjob_network_define(st_host(), &config, VJOB_SPACE_NONE, NULL, &other), VJOB_EINVAL);
    CHECK(other == NULL);
    vjob_network_release(network);
}

static vjob_network *create(const char *name, const char *uuid, const char *bridge)
{
    vjob_network_config config = {0};
    snprintf(config.name, sizeof config.name, "%s", name);
    snprintf(config.uuid, sizeof config.uuid, "%s", uuid);
    snprintf(config.bridge, sizeof config.bridge, "%s", bridge);
    vjob_job *job = st_start(
        &(vjob_op_request){.op = VJOB_OP_NETWORK_CREATE, .host = st_host(), .network_config = &config});
    OK(st_wait(job));
    vjob_network *network = vjob_network_retain(vjob_op_get_result(job)->network);
    st_done(job);
    return network;
}

static void a_transient_one_is_gone_when_it_stops(void **state)
{
    (void)state;
    st_begin(NULL);
    vjob_network *network = create("tmp", "", ""), *list_of_one;
    CHECK(look(network).active && !look(network).persistent);
    FAILS(vjob_network_undefine(network, 0), VJOB_ESTATE);
    vjob_network_config config = {.name = "tmp"};
    snprintf(config.uuid, sizeof config.uuid, "%s", vjob_network_uuid(network));
    FAILS(
        st_do(&(vjob_op_request){.op = VJOB_OP_NETWORK_CREATE, .host = st_host(), .network_config = &config}),
        VJOB_ESTATE);
    OK(op(VJOB_OP_NETWORK_STOP, network, 0));
    CHECK(!look(network).listed);
    FAILS(vjob_network_by_name(st_host(), "tmp", &list_of_one), VJOB_ENOENT);
    vjob_network_release(network);
    CHANGES(":network:tmp-started :network:tmp-stopped");
}

static void undefining_an_active_one_makes_it_transient(void **state)
{
    (void)state;
    st_begin(NULL);
    vjob_network *network = define("lab", UUID_A, "");
    OK(op(VJOB_OP_NETWORK_START, network, 0));
    FAILS(vjob_network_undefine(network, VJOB_NETF_ONLY_INACTIVE), VJOB_ESTATE);
    OK(vjob_network_undefine(network, 0));
    CHECK(look(network).active && !look(network).persistent && look(network).listed);
    vjob_network *again = define("lab", UUID_A, "");
    CHECK(again == network && look(network).persistent);
    vjob_network_release(again);
    vjob_network_release(network);
}

static void creating_one_that_is_defined_starts_it_as_asked(void **state)
{
    (void)state;
    st_begin(NULL);
    vjob_network_config config;
    vjob_network *network = define("lab", UUID_A, "kept"), *made = create("lab", UUID_A, "live");
    CHECK(made == network && look(network).active && look(network).persistent);
    vjob_network_get_config(network, 0, &config);
    SAME(config.bridge, "live");
    OK(op(VJOB_OP_NETWORK_STOP, network, 0));
    vjob_network_get_config(network, 0, &config);
    SAME(config.bridge, "kept");
    vjob_network_release(made);
    vjob_network_release(network);
}

static void a_start_can_be_cancelled_and_made_to_fail(void **state)
{
    (void)state;
    st_begin(NULL);
    vjob_network *network = define("lab", UUID_A, "");
    vjob_job *job = st_start(&(vjob_op_request){.op = VJOB_OP_NETWORK_START, .network = network});
    OK(vjob_job_ask_cancel(job));
    FAILS(st_wait(job), VJOB_ECANCELLED);
    st_done(job);
    CHECK(!look(network).active);
    OK(vjob_sim_fail_next("network_start", NULL, VJOB_EIO, 1));
    FAILS(op(VJOB_OP_NETWORK_START, network, 0), VJOB_EIO);
    OK(op(VJOB_OP_NETWORK_START, network, 0));
    vjob_network_release(network);
}

static void two_starts_at_once_one_wins(void **state)
{
    (void)state;
    st_begin(NULL);
    vjob_network *network = define("lab", UUID_A, "");
    vjob_job *one = st_start(&(vjob_op_request){.op = VJOB_OP_NETWORK_START, .network = network});
    vjob_job *two = st_start(&(vjob_op_request){.op = VJOB_OP_NETWORK_START, .network = network});
    OK(st_wait(one));
    FAILS(st_wait(two), VJOB_ESTATE);
    st_done(one);
    st_done(two);
    vjob_network_release(network);
}

static void what_is_active_can_differ_from_its_definition(void **state)
{
    (void)state;
    st_begin(NULL);
    vjob_network *network = define("lab", UUID_A, "defined");
    OK(op(VJOB_OP_NETWORK_START, network, 0));
    vjob_network_config config = {.name = "other", .bridge = "live"};
    OK(vjob_network_change_config(network, 0, &config, VJOB_SPACE_NONE, NULL));
    vjob_network_get_config(network, 0, &config);
    SAME(config.bridge, "live");
    SAME(config.name, "lab");
    SAME(config.uuid, UUID_A);
    vjob_network_get_config(network, 1, &config);
    SAME(config.bridge, "defined");
    snprintf(config.bridge, sizeof config.bridge, "later");
    OK(vjob_network_change_config(network, 1, &config, VJOB_SPACE_NONE, NULL));
    OK(op(VJOB_OP_NETWORK_STOP, network, 0));
    vjob_network_get_config(network, 0, &config);
    SAME(config.bridge, "later");
    snprintf(config.bridge, sizeof config.bridge, "off");
    OK(vjob_network_change_config(network, 0, &config, VJOB_SPACE_NONE, NULL));
    vjob_network_get_config(network, 1, &config);
    SAME(config.bridge, "off");
    OK(vjob_network_undefine(network, 0));
    FAILS(vjob_network_change_config(network, 0, &config, VJOB_SPACE_NONE, NULL), VJOB_ENOENT);
    vjob_network_release(network);
}

static void what_an_inventory_says_comes_back(void **state)
{
    (void)state;
    st_begin("{\"hosts\": [{\"networks\": [{\"name\": \"n\", \"uuid\": \"" UUID_B
             "\", \"active\": false, \"autostart\": true, \"forward\": \"route\", \"address\": \"10.0.0.1\", "
             "\"netmask\": \"255.0.0.0\", \"dhcp_first\": \"10.0.0.2\", \"dhcp_last\": \"10.0.0.9\", "
             "\"bridge\": \"b\"}, {\"name\": \"t\", \"persistent\": false}]}]}");
    char *text;
    OK(vjob_sim_save_json(&text));
    HAS(text, "\"forward\": \"route\"");
    CHECK(st_end(NULL) == 0);
    st_begin(text);
    vjob_sim_free(text);
    vjob_network **list;
    size_t n;
    OK(vjob_host_list_networks(st_host(), &list, &n));
    EQUAL(n, 2);
    vjob_network_config config;
    vjob_network_get_config(list[0], 0, &config);
    SAME(config.uuid, UUID_B);
    SAME(config.dhcp_first, "10.0.0.2");
    CHECK(!look(list[0]).active && look(list[0]).autostart && look(list[0]).persistent);
    CHECK(look(list[1]).active && !look(list[1]).persistent);
    vjob_networks_free(list, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM(the_built_in_one_has_addresses_and_stays_as_it_is),
        SIM(define_start_stop_undefine_are_told_in_order),
        SIM(an_active_one_keeps_its_plan_until_it_stops),
        SIM(names_and_uuids_belong_together),
        SIM(a_transient_one_is_gone_when_it_stops),
        SIM(undefining_an_active_one_makes_it_transient),
        SIM(creating_one_that_is_defined_starts_it_as_asked),
        SIM(a_start_can_be_cancelled_and_made_to_fail),
        SIM(two_starts_at_once_one_wins),
        SIM(what_is_active_can_differ_from_its_definition),
        SIM(what_an_inventory_says_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
