/* Two GPUs that are not there: enough of CUDA's driver, runtime and management library
 * for TensorFlow to list them. One file is compiled once and stands for all libraries.
 *
 * As the real one does, the driver refuses a process that was forked from one that had
 * initialized it, and hides GPUs that CUDA_VISIBLE_DEVICES does not name. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { OK = 0, NOT_INITIALIZED = 3 };

static pid_t owner;

int cuInit(unsigned flags) {
  (void)flags;
  if (owner && owner != getpid()) return NOT_INITIALIZED;
  owner = getpid();
  return OK;
}

int cuDeviceGetCount(int *count) {
  if (owner != getpid()) return NOT_INITIALIZED;
  const char *visible = getenv("CUDA_VISIBLE_DEVICES");
  *count = visible ? *visible != 0 : 2;
  for (; visible && *visible; visible++) *count += *visible == ',';
  return OK;
}

int cuDeviceGet(int *device, int place) { *device = place; return OK; }
int cuDeviceGetAttribute(int *value) { *value = 8; return OK; }
int cuDeviceGetName(char *name, int size) { snprintf(name, size, "fake"); return OK; }
int cuDeviceGetPCIBusId(char *id, int size, int device) {
  snprintf(id, size, "0000:0%d:00.0", device);
  return OK;
}
int cuDeviceTotalMem_v2(size_t *bytes) { *bytes = 1ul << 30; return OK; }
int cuDriverGetVersion(int *version) { *version = 12090; return OK; }
int cuGetErrorName(int error, const char **text) { (void)error; *text = "?"; return OK; }
int cuGetErrorString(int error, const char **text) { return cuGetErrorName(error, text); }

int nvmlInit_v2(void) { return OK; }
int nvmlSystemGetDriverVersion(char *text) { *text = 0; return OK; }
int nvmlDeviceGetHandleByPciBusId_v2(void) { return NOT_INITIALIZED; }
const char *nvmlErrorString(void) { return "?"; }

/* What the loader of the runtime calls for the kernels that TensorFlow brings. */
static void *handle;
void **__cudaRegisterFatBinary(void) { return &handle; }
void __cudaRegisterFatBinaryEnd(void) {}
void __cudaUnregisterFatBinary(void) {}
void __cudaRegisterFunction(void) {}
void __cudaRegisterVar(void) {}
int cudaRuntimeGetVersion(int *version) { *version = 12090; return OK; }
