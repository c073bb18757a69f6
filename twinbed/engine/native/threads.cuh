// What the printed code is written in, for a GPU: the words of lanes.hpp, with one patient for every thread.
//
// What differs from patient to patient and what is the same for all have the same types, so that every word is
// defined once. The mathematics is CUDA's own in its accurate form. A block is a warp of PATIENTS threads; in
// memory the same number of all its patients lies side by side, so that a warp reads and writes whole lines.

#if defined(__CUDACC_RTC__)  // has no headers
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;
#define INT32_MIN (-2147483647 - 1)
#define INT32_MAX 2147483647
#define UINT32_MAX 4294967295u
#define INT64_MIN (-9223372036854775807ll - 1)
#define INT64_MAX 9223372036854775807ll
#define UINT64_MAX 18446744073709551615ull
#else
#include <stddef.h>
#include <stdint.h>
#endif

#if REAL_BITS == 32
typedef float real;
#define MATH(name) name##f
#else
typedef double real;
#define MATH(name) name
#endif

#define W 1
#define infinity ((real)__int_as_float(0x7f800000))
#define no_number ((real)__int_as_float(0x7fffffff))

typedef real F;
typedef int32_t I;
typedef uint32_t U;
typedef int64_t L;
typedef uint64_t Q;
typedef bool M;

typedef real stored_f;
typedef int32_t stored_i;
typedef uint32_t stored_u;
typedef int64_t stored_l;
typedef uint64_t stored_q;
typedef int32_t stored_b;

#define HERE static __device__ __forceinline__
#define SCRATCH  // an array of the function is the thread's own

// --- all patients alike; memory ------------------------------------------------------------------
#define ALL(T) HERE T all_##T(T x) { return x; }
ALL(F) ALL(I) ALL(U) ALL(L) ALL(Q) ALL(M)

// An array of this thread's patient among those of the block. Arrays of the function are plain: a GPU keeps
// what belongs to a thread interleaved anyway.
template <class T> struct Own {
  T *first;
  __device__ Own operator+(size_t n) const { return {first + n * PATIENTS}; }
  __device__ T &operator*() const { return *first; }
};

#define MEMORY(letter, T) \
  template <class P> HERE T load_##letter(P p) { return *p; } \
  template <class P> HERE void store_##letter(P p, T x) { *p = x; }
MEMORY(f, F) MEMORY(i, I) MEMORY(u, U) MEMORY(l, L) MEMORY(q, Q)
template <class P> HERE M load_b(P p) { return *p != 0; }
template <class P> HERE void store_b(P p, M x) { *p = x; }

// --- comparisons, choices ------------------------------------------------------------------------
#define COMPARED(T) \
  HERE M lt(T a, T b) { return a < b; } \
  HERE M le(T a, T b) { return a <= b; } \
  HERE M eq(T a, T b) { return a == b; } \
  HERE M ne(T a, T b) { return a != b; }
COMPARED(F) COMPARED(I) COMPARED(U) COMPARED(L) COMPARED(Q) COMPARED(M)

template <class T> HERE T select(M m, T a, T b) { return m ? a : b; }
HERE M any(M m) { return m; }
HERE M not_(M a) { return !a; }
#define TURNED(T) HERE T not_(T a) { return ~a; }
TURNED(I) TURNED(U) TURNED(L) TURNED(Q)

// The larger and the smaller of two; not a number if one of them is none. The second of `_than` is known to be one.
#define EXTREMES(T) \
  HERE T larger_than(T a, T b) { return b > a ? b : a; } \
  HERE T smaller_than(T a, T b) { return b < a ? b : a; } \
  HERE T larger(T a, T b) { return b != b ? b : larger_than(a, b); } \
  HERE T smaller(T a, T b) { return b != b ? b : smaller_than(a, b); }
EXTREMES(F) EXTREMES(I) EXTREMES(U) EXTREMES(L) EXTREMES(Q)

// --- integers ------------------------------------------------------------------------------------
// Division by zero gives -1, its remainder the dividend, as in XLA.
#define DIVIDED(T) \
  HERE T divided(T a, T b) { return b == 0 ? (T)-1 : b == (T)-1 ? (T)(0 - a) : (T)(a / b); } \
  HERE T remainder_of(T a, T b) { return b == 0 ? a : b == (T)-1 ? (T)0 : (T)(a % b); }
DIVIDED(I) DIVIDED(L)
#define DIVIDED_UNSIGNED(T) \
  HERE T divided(T a, T b) { return b == 0 ? (T)-1 : (T)(a / b); } \
  HERE T remainder_of(T a, T b) { return b == 0 ? a : (T)(a % b); }
DIVIDED_UNSIGNED(U) DIVIDED_UNSIGNED(Q)

#define SHIFTED(T, ST, UT, BITS) \
  HERE T shift_left(T a, T b) { return (UT)b < BITS ? (T)((UT)a << b) : (T)0; } \
  HERE T shift_right_logical(T a, T b) { return (UT)b < BITS ? (T)((UT)a >> b) : (T)0; } \
  HERE T shift_right_arithmetic(T a, T b) { return (T)((ST)a >> ((UT)b < BITS ? b : (T)(BITS - 1))); }
SHIFTED(I, I, U, 32) SHIFTED(U, I, U, 32) SHIFTED(L, L, Q, 64) SHIFTED(Q, L, Q, 64)

// --- conversions ---------------------------------------------------------------------------------
#define CONVERTED(to, T, from, T2) HERE T to##_from_##from(T2 x) { return (T)x; }
CONVERTED(f, F, i, I) CONVERTED(f, F, u, U) CONVERTED(f, F, l, L) CONVERTED(f, F, q, Q) CONVERTED(f, F, b, M)
CONVERTED(i, I, u, U) CONVERTED(i, I, l, L) CONVERTED(i, I, q, Q) CONVERTED(i, I, b, M)
CONVERTED(u, U, i, I) CONVERTED(u, U, l, L) CONVERTED(u, U, q, Q) CONVERTED(u, U, b, M)
CONVERTED(l, L, i, I) CONVERTED(l, L, u, U) CONVERTED(l, L, q, Q) CONVERTED(l, L, b, M)
CONVERTED(q, Q, i, I) CONVERTED(q, Q, u, U) CONVERTED(q, Q, l, L) CONVERTED(q, Q, b, M)
#define TO_TRUTH(from, T) HERE M b_from_##from(T x) { return x != 0; }
TO_TRUTH(f, F) TO_TRUTH(i, I) TO_TRUTH(u, U) TO_TRUTH(l, L) TO_TRUTH(q, Q)
// Real numbers beyond an integer's range become its ends, and no number zero.
#define FROM_REAL(to, T, LOW, HIGH) \
  HERE T to##_from_f(F x) { return x != x ? (T)0 : x <= (F)LOW ? (T)LOW : x >= (F)HIGH ? (T)HIGH : (T)x; }
FROM_REAL(i, I, INT32_MIN, INT32_MAX) FROM_REAL(u, U, 0, UINT32_MAX)
FROM_REAL(l, L, INT64_MIN, INT64_MAX) FROM_REAL(q, Q, 0, UINT64_MAX)

// --- arithmetic of real numbers ------------------------------------------------------------------
#define AS_THEIRS(ours, theirs) HERE F ours(F x) { return MATH(theirs)(x); }
AS_THEIRS(root, sqrt) AS_THEIRS(floor_of, floor) AS_THEIRS(ceil_of, ceil)
AS_THEIRS(nearest, rint) AS_THEIRS(halves_away, round) AS_THEIRS(cube_root, cbrt) AS_THEIRS(magnitude, fabs)
AS_THEIRS(exp_, exp) AS_THEIRS(expm1_, expm1) AS_THEIRS(log_, log) AS_THEIRS(log1p_, log1p)
AS_THEIRS(sin_, sin) AS_THEIRS(cos_, cos) AS_THEIRS(asin_, asin) AS_THEIRS(acos_, acos) AS_THEIRS(atan_, atan)
AS_THEIRS(sinh_, sinh) AS_THEIRS(cosh_, cosh) AS_THEIRS(tanh_, tanh)
AS_THEIRS(asinh_, asinh) AS_THEIRS(acosh_, acosh) AS_THEIRS(atanh_, atanh)
AS_THEIRS(erf_, erf) AS_THEIRS(erfc_, erfc) AS_THEIRS(erf_inv_, erfinv)
HERE F pow_(F a, F b) { return MATH(pow)(a, b); }
HERE F atan2_(F a, F b) { return MATH(atan2)(a, b); }
HERE F remainder_of(F a, F b) { return MATH(fmod)(a, b); }

HERE I magnitude(I x) { return x < 0 ? -x : x; }
HERE L magnitude(L x) { return x < 0 ? -x : x; }
HERE F sign_of(F x) { return x > 0 ? (F)1 : x < 0 ? (F)-1 : x; }
HERE I sign_of(I x) { return (x > 0) - (x < 0); }
HERE L sign_of(L x) { return (x > 0) - (x < 0); }
HERE U magnitude(U x) { return x; }
HERE Q magnitude(Q x) { return x; }
HERE U sign_of(U x) { return x > 0; }
HERE Q sign_of(Q x) { return x > 0; }
HERE M is_finite(F x) { return x - x == 0; }
// a / b where 1 / b was computed before: corrected by what is left, which rounds as a division does (Markstein
// 2000, IA-64 and Elementary Functions).
HERE F divided_by(F a, F b, F reciprocal) {
  F q = a * reciprocal, corrected = MATH(fma)(MATH(fma)(-b, q, a), reciprocal, q);
  return corrected == corrected ? corrected : q;  // infinite numbers have nothing to correct
}
static const real one = 1;
static const real ln2 = (real)0.693147180559945309417232121458176568;
