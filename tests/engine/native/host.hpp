// What threads.cuh expects of CUDA, for a C++ compiler: a kernel becomes a function that is called thread by thread.

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define __global__
#define __device__
#define __forceinline__ inline
#define __launch_bounds__(threads)

struct Index { unsigned x; };
static thread_local Index threadIdx, blockIdx;

static inline float __int_as_float(int bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// The C library has no inverse of the error function: where it is, by halves.
static inline double erfinv(double y) {
  if (y != y || y > 1 || y < -1) return NAN;
  if (y < 0) return -erfinv(-y);
  if (y == 1) return INFINITY;
  double low = 0, high = 6;
  for (int k = 0; k < 30; k++) (erfc((low + high) / 2) > 1 - y ? low : high) = (low + high) / 2;
  double x = (low + high) / 2;
  for (int k = 0; k < 3; k++) x -= (y < 0.5 ? erf(x) - y : (1 - y) - erfc(x)) / (M_2_SQRTPI * exp(-x * x));
  return x;
}
static inline float erfinvf(float y) { return (float)erfinv(y); }

// Numbers too small to be normal count as zero in 32 bits, as CUDA is told.
#if defined(__x86_64__)
static inline unsigned flushed() {
  unsigned before = __builtin_ia32_stmxcsr();
  __builtin_ia32_ldmxcsr(before | 0x8040u);
  return before;
}
static inline void restored(unsigned before) { __builtin_ia32_ldmxcsr(before); }
#else
static inline unsigned flushed() { return 0; }
static inline void restored(unsigned) {}
#endif

extern "C" void run_blocks(const char *shared, const char *in, char *out);
extern "C" void launch(const char *shared, const char *in, char *out, int64_t blocks, int64_t threads) {
  unsigned before = flushed();
  for (blockIdx.x = 0; blockIdx.x < blocks; blockIdx.x++)
    for (threadIdx.x = 0; threadIdx.x < threads; threadIdx.x++) run_blocks(shared, in, out);
  restored(before);
}
