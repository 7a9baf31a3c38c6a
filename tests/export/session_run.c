/* Runs signatures of a SavedModel in the C++ session that TensorFlow Serving uses.

   usage: session_run MODEL_FOLDER < requests
   A request is the number of inputs, and for each `op index type rank sizes...` and its
   values, one a line; then the number of outputs, and for each `op index`. type is 3
   (int32) or 7 (string). Prints `ok` and each output, as its type, rank, sizes and
   values, or `error`, the code and the message in one line. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/tf_tstring.h"

/* tensorflow::DisableXlaCompilation(), which TensorFlow Serving calls first of all. */
extern void _ZN10tensorflow21DisableXlaCompilationEv(void);

static TF_Status* status;

static TF_Output read_end(TF_Graph* graph) {
  char op[512];
  int index;
  if (scanf("%511s %d", op, &index) != 2) exit(2);
  return (TF_Output){TF_GraphOperationByName(graph, op), index};
}

static TF_Tensor* read_tensor(void) {
  int type, rank;
  int64_t sizes[8], count = 1;
  if (scanf("%d %d", &type, &rank) != 2) exit(2);
  for (int i = 0; i < rank; count *= sizes[i++])
    if (scanf("%ld", &sizes[i]) != 1) exit(2);
  size_t width = type == TF_STRING ? sizeof(TF_TString) : sizeof(int32_t);
  TF_Tensor* tensor = TF_AllocateTensor(type, sizes, rank, count * width);
  void* data = TF_TensorData(tensor);
  for (int64_t i = 0; i < count; i++) {
    char text[4096];
    if (scanf(" %4095[^\n]", text) != 1) exit(2);
    if (type == TF_STRING) {
      TF_StringInit((TF_TString*)data + i);
      TF_StringCopy((TF_TString*)data + i, text, strlen(text));
    } else {
      ((int32_t*)data)[i] = atoi(text);
    }
  }
  return tensor;
}

static void print_tensor(TF_Tensor* tensor) {
  int type = TF_TensorType(tensor), rank = TF_NumDims(tensor);
  void* data = TF_TensorData(tensor);
  printf("%d %d", type, rank);
  for (int i = 0; i < rank; i++) printf(" %ld", (long)TF_Dim(tensor, i));
  for (int64_t i = 0; i < TF_TensorElementCount(tensor); i++) {
    if (type == TF_FLOAT) printf("\n%.9g", ((float*)data)[i]);
    if (type == TF_INT32) printf("\n%d", ((int32_t*)data)[i]);
    if (type == TF_STRING) {
      TF_TString* text = (TF_TString*)data + i;
      printf("\n%.*s", (int)TF_StringGetSize(text), TF_StringGetDataPointer(text));
    }
  }
  printf("\n");
}

static void answer(TF_Session* session, TF_Graph* graph, int inputs) {
  int outputs;
  TF_Output from[8], to[8];
  TF_Tensor *given[8], *found[8];
  for (int i = 0; i < inputs; i++) from[i] = read_end(graph), given[i] = read_tensor();
  if (scanf("%d", &outputs) != 1) exit(2);
  for (int i = 0; i < outputs; i++) to[i] = read_end(graph);
  TF_SessionRun(session, NULL, from, given, inputs, to, found, outputs, NULL, 0, NULL,
                status);
  if (TF_GetCode(status) != TF_OK) {
    printf("error %d %.*s\n", TF_GetCode(status),
           (int)strcspn(TF_Message(status), "\n"), TF_Message(status));
    return;
  }
  printf("ok\n");
  for (int i = 0; i < outputs; i++) print_tensor(found[i]);
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  _ZN10tensorflow21DisableXlaCompilationEv();
  status = TF_NewStatus();
  TF_Graph* graph = TF_NewGraph();
  const char* tag = "serve";
  TF_Session* session = TF_LoadSessionFromSavedModel(
      TF_NewSessionOptions(), NULL, argv[1], &tag, 1, graph, NULL, status);
  if (TF_GetCode(status) != TF_OK) {
    fprintf(stderr, "load: %s\n", TF_Message(status));
    return 1;
  }
  for (int inputs; scanf("%d", &inputs) == 1;) answer(session, graph, inputs);
  TF_CloseSession(session, status);
  return TF_GetCode(status);
}
