/* The model as a command, for a phone's shell and for scripts: files in, files and text out. */
#ifndef TC_BENCH_H
#define TC_BENCH_H

/*
 * The command line of main, with at least one argument:
 *
 *   info                    prints name, hash, arena, layers, and the bytes of each input and output
 *   time RUNS               runs on zeros; prints the least and the mean nanoseconds of one inference
 *   run IN OUT              every vector of IN (its inputs one after the other) to OUT (its outputs)
 *   profile RUNS IN OUT     RUNS times the first vector of IN; OUT has nanoseconds, 64 bits little endian: for each run
 *                           its layers, run one by one, then one whole inference
 *   dump LAYER IN OUT       the arena after the layers up to LAYER, on the first vector of IN
 *
 * Returns the exit code: 0; 2 when the arguments make no sense; 3 when a file cannot be read or written.
 */
int tc_bench(int argc, char **argv);

#endif
