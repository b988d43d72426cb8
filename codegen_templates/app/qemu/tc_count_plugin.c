/*
 * QEMU plugin: the instructions of each call of one function, NAME_run_layer, in the order of the calls.
 *
 * Loaded with -plugin FILE,entry=ADDRESS,out=FILE[,blocks=FILE]; `out` holds a uint64_t with the number of calls so far,
 * and behind it the counts of the last TC_CALLS calls, call i at place i modulo TC_CALLS. The call ends where it returns
 * to: the end of the block that was executed before the function's first. Instructions that an IT block skips are
 * counted. `blocks` grows by a record for each block that a call executed; a block may have several in one call.
 *
 * QEMU's header is not part of its packages: what is used of it is declared here.
 *
 * Source: QEMU 7.2 documentation, "QEMU TCG Plugins"; include/qemu/qemu-plugin.h, plugin interface version 1.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

enum { TC_CALLS = 4096 };

struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef uint64_t qemu_plugin_id_t;

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, void (*cb)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, void (*cb)(unsigned int, void *), int flags,
                                          void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);

extern EXPORT const int qemu_plugin_version;
EXPORT const int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv);

/* Code without a branch into or out of it, as QEMU translated it, and how often the running call executed it. */
struct block {
    uint64_t start, bytes, instructions, count;
    struct block *next;
};

struct record {
    uint64_t call, start, bytes, count;
};

static uint64_t entry, total, begun, block_end, call_end;
static int inside, records = -1;
static uint64_t *shared;
static struct block *blocks;

static void write_blocks(uint64_t call)
{
    for (struct block *block = blocks; block != NULL; block = block->next) {
        const struct record record = {call, block->start, block->bytes, block->count};
        if (block->count != 0 && write(records, &record, sizeof record) != (ssize_t)sizeof record) {
            abort(); /* a full disk: QEMU stops, and with it the run */
        }
        block->count = 0;
    }
}

static void on_block(unsigned int cpu, void *data)
{
    struct block *block = data;
    if (cpu != 0) {
        return; /* a thread of the model's own: layers that are called one by one run in the first thread */
    }
    if (inside && block->start == call_end) {
        if (records >= 0) {
            write_blocks(shared[0]);
        }
        shared[1 + shared[0] % TC_CALLS] = total - begun;
        shared[0]++;
        inside = 0;
    }
    if (block->start == entry) {
        inside = 1;
        begun = total;
        call_end = block_end;
    }
    total += block->instructions;
    block->count += (uint64_t)inside;
    block_end = block->start + block->bytes;
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    const size_t count = qemu_plugin_tb_n_insns(tb);
    const struct qemu_plugin_insn *last = qemu_plugin_tb_get_insn(tb, count - 1);
    struct block *block = calloc(1, sizeof *block);

    (void)id;
    if (block == NULL) {
        abort();
    }
    block->start = qemu_plugin_tb_vaddr(tb);
    block->bytes = qemu_plugin_insn_vaddr(last) + qemu_plugin_insn_size(last) - block->start;
    block->instructions = count;
    block->next = blocks;
    blocks = block;
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, 0, block);
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
    void *memory = MAP_FAILED;
    (void)info;
    for (int i = 0; i < argc; ++i) {
        if (strncmp(argv[i], "entry=", 6) == 0) {
            entry = strtoull(argv[i] + 6, NULL, 0);
        } else if (strncmp(argv[i], "blocks=", 7) == 0) {
            records = open(argv[i] + 7, O_WRONLY | O_APPEND);
        } else if (strncmp(argv[i], "out=", 4) == 0) {
            const int file = open(argv[i] + 4, O_RDWR);
            if (file >= 0) {
                memory = mmap(NULL, (1 + TC_CALLS) * sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
            }
        }
    }
    if (memory == MAP_FAILED) {
        return 1;
    }
    shared = memory;
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    return 0;
}
