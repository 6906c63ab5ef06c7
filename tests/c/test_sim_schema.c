/*
 * test_sim_schema.c - the JSON Schema that is shipped says what the decoder does: both come from the
 * table in sim/keys.c. VJOB_UPDATE=1 writes the file anew.
 */
#include "sim_test.h"

#include "sim/inventory.h"

static char path[500];

static void shipped_schema_is_the_tables(void **state)
{
    (void)state;
    json_t *made = sim_inventory_schema(), *shipped;
    CHECK(made != NULL);
    if (getenv("VJOB_UPDATE")) CHECK(json_dump_file(made, path, JSON_INDENT(1)) == 0);
    shipped = json_load_file(path, 0, NULL);
    if (!shipped || !json_equal(made, shipped))
        fprintf(stderr, "%s is old: run this test with VJOB_UPDATE=1\n", path);
    CHECK(shipped && json_equal(made, shipped));
    json_decref(made);
    json_decref(shipped);
}

/* Every key has a line of documentation and lies inside its struct. */
static void check_table(const sim_table *table, int depth)
{
    for (const sim_key *key = table->keys; key->name; key++) {
        CHECK(key->about && strlen(key->about) > 3);
        CHECK(key->offset < table->size);
        CHECK(key->min <= key->max || key->max == 0);
        if (key->table && depth < 6) check_table(key->table, depth + 1);
    }
}

static void tables_are_complete(void **state)
{
    (void)state;
    check_table(&sim_inventory_table, 0);
}

int main(void)
{
    snprintf(path, sizeof path, "%s", __FILE__);
    *strrchr(path, '/') = '\0';
    strcat(path, "/../../csrc/sim/inventory.schema.json");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_schema_is_the_tables),
        cmocka_unit_test(tables_are_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
