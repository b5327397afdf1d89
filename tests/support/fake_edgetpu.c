/* An Edge TPU's driver as a test double: a real TFLite external delegate that takes the compiler's
   custom operator and computes one dense int8 layer from the operator's own data. A file named by
   the option "state" says what the device is doing: ok, gone, boot (hangs at start), hang, slow,
   error, die, wrong. The structures below are those of TFLite's C interface (c/common.h), as far as
   a delegate meets them. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct { int size; int data[]; } IntArray;

typedef struct {
  int type; void *data; IntArray *dims; float scale; int32_t zero; int allocation; size_t bytes;
  const void *mapped; const char *name; void *delegate; int handle; bool stale, variable;
  struct { int type; void *params; } quantization; void *sparsity; const IntArray *signature;
} Tensor;

typedef struct {
  IntArray *inputs, *outputs, *intermediates, *temporaries;
  void *user_data, *builtin_data; const void *custom_data; int custom_size;
} Node;

struct Context;
typedef struct {
  void *(*init)(struct Context *, const char *, size_t);
  void (*free)(struct Context *, void *);
  int (*prepare)(struct Context *, Node *);
  int (*invoke)(struct Context *, Node *);
  const char *(*profile)(const struct Context *, const Node *);
  int builtin_code; const char *custom_name; int version; void *external; void *async;
  uint64_t inplace;
} Registration;

typedef struct Delegate {
  void *data;
  int (*prepare)(struct Context *, struct Delegate *);
  void *copy_from, *copy_to, *free_handle; int64_t flags; void *opaque;
} Delegate;

typedef struct Context {
  size_t tensors_size;
  int (*plan)(struct Context *, IntArray **);
  Tensor *tensors;
  void *impl;
  int (*resize)(struct Context *, Tensor *, IntArray *);
  void (*report)(struct Context *, const char *, ...);
  int (*add)(struct Context *, int, int *);
  int (*node)(struct Context *, int, Node **, Registration **);
  int (*replace)(struct Context *, Registration, const IntArray *, Delegate *);
} Context;

typedef struct { Delegate *delegate; IntArray *nodes, *inputs, *outputs; } Params;

/* The operator's data: sizes, zero points, multiplier, then biases and weights. */
typedef struct { int32_t inputs, outputs, zero_in, zero_out; float multiplier; } Layer;

typedef struct { char state[512]; const char *layer; } Device;

static void state(const Device *device, char *said) {
  FILE *file = fopen(device->state, "r");
  strcpy(said, "gone");
  if (file) { if (fscanf(file, "%15s", said) != 1) strcpy(said, "gone"); fclose(file); }
}

static void *init(Context *context, const char *buffer, size_t length) {
  return ((const Params *)buffer)->delegate->data;
}
static void release(Context *context, void *data) {}
static int prepare(Context *context, Node *node) { return 0; }

static int invoke(Context *context, Node *node) {
  const Device *device = node->user_data;
  const char *at = device->layer;
  Layer layer;
  memcpy(&layer, at, sizeof layer);
  const int32_t *bias = (const int32_t *)(at + sizeof layer);
  const int8_t *weight = (const int8_t *)(bias + layer.outputs);
  const int8_t *x = context->tensors[node->inputs->data[0]].data;
  int8_t *y = context->tensors[node->outputs->data[0]].data;
  char said[16];
  state(device, said);
  if (!strcmp(said, "hang")) for (;;) pause();
  if (!strcmp(said, "slow")) usleep(1500000);
  if (!strcmp(said, "die")) abort();
  if (!strcmp(said, "error") || !strcmp(said, "gone")) {
    context->report(context, "the device does not answer");
    return 1;
  }
  for (int row = 0; row < layer.outputs; row++) {
    int32_t sum = bias[row];
    for (int k = 0; k < layer.inputs; k++)
      sum += (x[k] - layer.zero_in) * weight[row * layer.inputs + k];
    float scaled = roundf(sum * layer.multiplier) + layer.zero_out;
    if (!strcmp(said, "wrong")) scaled += 9;
    y[row] = (int8_t)fminf(fmaxf(scaled, -128), 127);
  }
  return 0;
}

static int take(Context *context, Delegate *delegate) {
  IntArray *plan;
  if (context->plan(context, &plan)) return 1;
  IntArray *mine = calloc(1, sizeof(IntArray) + sizeof(int) * plan->size);
  for (int k = 0; k < plan->size; k++) {
    Node *node; Registration *registration;
    if (context->node(context, plan->data[k], &node, &registration)) return 1;
    if (!registration->custom_name || strcmp(registration->custom_name, "edgetpu-custom-op"))
      continue;
    ((Device *)delegate->data)->layer = node->custom_data;
    mine->data[mine->size++] = plan->data[k];
  }
  Registration kernel = {init, release, prepare, invoke};
  kernel.custom_name = "FakeEdgeTpu";
  kernel.version = 1;
  int status = mine->size ? context->replace(context, kernel, mine, delegate) : 0;
  free(mine);
  return status;
}

Delegate *tflite_plugin_create_delegate(char **keys, char **values, size_t count,
                                        void (*report)(const char *)) {
  Device *device = calloc(1, sizeof(Device));
  for (size_t k = 0; k < count; k++)
    if (!strcmp(keys[k], "state")) strncpy(device->state, values[k], sizeof device->state - 1);
  char said[16];
  state(device, said);
  if (!strcmp(said, "boot")) for (;;) pause();
  if (!strcmp(said, "gone")) { report("no Edge TPU found"); return NULL; }
  Delegate *delegate = calloc(1, sizeof(Delegate));
  delegate->data = device;
  delegate->prepare = take;
  delegate->flags = 1; /* as an operator that nobody resolved asks for: dynamic tensors allowed */
  return delegate;
}

void tflite_plugin_destroy_delegate(Delegate *delegate) {
  if (delegate) free(delegate->data);
  free(delegate);
}
