/*
 * The part of the Java Native Interface that the model's library calls, so that it compiles without an NDK or a JDK.
 *
 * A JNIEnv points to a table of functions; each is known by its index, which never changes.
 * Source: Java Native Interface Specification, chapter 4 (index of each function), chapter 3 (types).
 */
#ifndef TC_JNI_H
#define TC_JNI_H

#include <stddef.h>
#include <stdint.h>

#define TC_JNI_EXPORT __attribute__((visibility("default")))

typedef void (*tc_jni_function)(void);
typedef const tc_jni_function *tc_jni_env; /* a native method's first argument is a tc_jni_env * */
typedef void *tc_jni_object;

enum { TC_JNI_GET_FLOAT_ARRAY_REGION = 205, TC_JNI_SET_FLOAT_ARRAY_REGION = 213, TC_JNI_GET_BUFFER_ADDRESS = 230 };

/* Copies elements [start, start + count) of a float[] to values. */
static inline void tc_jni_get_floats(tc_jni_env *env, tc_jni_object array, int32_t start, int32_t count, float *values)
{
    typedef void function(tc_jni_env *, tc_jni_object, int32_t, int32_t, float *);
    ((function *)(*env)[TC_JNI_GET_FLOAT_ARRAY_REGION])(env, array, start, count, values);
}

/* Copies values to elements [start, start + count) of a float[]. */
static inline void tc_jni_set_floats(tc_jni_env *env, tc_jni_object array, int32_t start, int32_t count,
                                     const float *values)
{
    typedef void function(tc_jni_env *, tc_jni_object, int32_t, int32_t, const float *);
    ((function *)(*env)[TC_JNI_SET_FLOAT_ARRAY_REGION])(env, array, start, count, values);
}

/* The first byte of a direct java.nio.ByteBuffer. */
static inline void *tc_jni_buffer_address(tc_jni_env *env, tc_jni_object buffer)
{
    typedef void *function(tc_jni_env *, tc_jni_object);
    return ((function *)(*env)[TC_JNI_GET_BUFFER_ADDRESS])(env, buffer);
}

#endif
