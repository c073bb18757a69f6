// What the printed code is written in: numbers with one lane for every patient of a block.
//
// F real numbers, I and U 32-bit integers, L and Q 64-bit integers, M truth values (all bits of a lane).
// The mathematics is our own, the same on every machine: polynomials after range reduction, with
// every special value (not a number, infinite, out of range) as in IEEE 754; no flag that lets the compiler
// forget them may be used. What is rare goes lane by lane through the C library.
//
// Sources: Cody & Waite (1980), Software Manual for the Elementary Functions (range reduction); Muller (2016),
// Elementary Functions, doi:10.1007/978-1-4899-7983-4; Giles (2011), GPU Computing Gems, ch. 10 (the
// variable in which the inverse error function is smooth; coefficients are our own Chebyshev fits).

#include <stddef.h>
#include <stdint.h>

#if REAL_BITS == 32
typedef float real;
typedef int32_t lane_int;
typedef uint32_t lane_uint;
#define MANTISSA 23
#define LIBM(name) __builtin_##name##f
#define BIAS 127
#else
typedef double real;
typedef int64_t lane_int;
typedef uint64_t lane_uint;
#define MANTISSA 52
#define LIBM(name) __builtin_##name
#define BIAS 1023
#endif

static const real infinity = (real)__builtin_inf(), no_number = (real)__builtin_nan("");

#define LANES(T) __attribute__((vector_size(W * sizeof(T))))
typedef real F LANES(real);
typedef int32_t I LANES(int32_t);
typedef uint32_t U LANES(uint32_t);
typedef int64_t L LANES(int64_t);
typedef uint64_t Q LANES(uint64_t);
typedef lane_int M LANES(lane_int);
typedef lane_uint UM LANES(lane_uint);

typedef real stored_f;
typedef int32_t stored_i;
typedef uint32_t stored_u;
typedef int64_t stored_l;
typedef uint64_t stored_q;
typedef int32_t stored_b;

#define HERE static inline __attribute__((always_inline))
#define EACH(expression) for (int w = 0; w < W; w++) { expression; }
#define CAST(T, x) __builtin_convertvector(x, T)

// --- all lanes alike; memory ---------------------------------------------------------------------
HERE F all_F(real x) { return x - (F){}; }
// An array of the function: too large for the stack of a thread.
#define SCRATCH static thread_local

HERE I all_I(int32_t x) { return x - (I){}; }
HERE U all_U(uint32_t x) { return x - (U){}; }
HERE L all_L(int64_t x) { return x - (L){}; }
HERE Q all_Q(uint64_t x) { return x - (Q){}; }
HERE M all_M(bool x) { return (M){} - (lane_int)x; }

#define MEMORY(letter, T) \
  HERE T load_##letter(const stored_##letter *p) { T x; __builtin_memcpy(&x, p, sizeof x); return x; } \
  HERE void store_##letter(stored_##letter *p, T x) { __builtin_memcpy(p, &x, sizeof x); }
MEMORY(f, F) MEMORY(i, I) MEMORY(u, U) MEMORY(l, L) MEMORY(q, Q)
HERE M load_b(const stored_b *p) { return CAST(M, load_i(p) != 0); }
HERE void store_b(stored_b *p, M x) { store_i(p, CAST(I, x) & 1); }

// --- comparisons, choices ------------------------------------------------------------------------
#define COMPARED(T, S) \
  HERE M lt(T a, T b) { return CAST(M, a < b); } \
  HERE M le(T a, T b) { return CAST(M, a <= b); } \
  HERE M eq(T a, T b) { return CAST(M, a == b); } \
  HERE M ne(T a, T b) { return CAST(M, a != b); } \
  HERE bool lt(S a, S b) { return a < b; } \
  HERE bool le(S a, S b) { return a <= b; } \
  HERE bool eq(S a, S b) { return a == b; } \
  HERE bool ne(S a, S b) { return a != b; }
COMPARED(F, real) COMPARED(I, int32_t) COMPARED(U, uint32_t) COMPARED(L, int64_t) COMPARED(Q, uint64_t)

HERE F select(M m, F a, F b) { return m ? a : b; }
HERE I select(M m, I a, I b) { return CAST(I, m) ? a : b; }
HERE U select(M m, U a, U b) { return CAST(I, m) ? a : b; }
HERE L select(M m, L a, L b) { return CAST(L, m) ? a : b; }
HERE Q select(M m, Q a, Q b) { return CAST(L, m) ? a : b; }
template <class S> HERE S select(bool m, S a, S b) { return m ? a : b; }

HERE bool any(bool m) { return m; }
HERE bool any(M m) { lane_int r = 0; EACH(r |= m[w]) return r != 0; }

#define TURNED(T) HERE T not_(T a) { return ~a; }
TURNED(I) TURNED(U) TURNED(L) TURNED(Q)
HERE bool not_(bool a) { return !a; }
HERE int32_t not_(int32_t a) { return ~a; }
HERE uint32_t not_(uint32_t a) { return ~a; }
HERE int64_t not_(int64_t a) { return ~a; }
HERE uint64_t not_(uint64_t a) { return ~a; }

// The larger and the smaller of two; not a number if one of them is none. The second of `_than` is known to be one.
#define CHOSEN(T, S) \
  HERE T larger_than(T a, T b) { return b > a ? b : a; } \
  HERE T smaller_than(T a, T b) { return b < a ? b : a; }
#define EXTREMES(T, S) \
  HERE S larger_than(S a, S b) { return b > a ? b : a; } \
  HERE S smaller_than(S a, S b) { return b < a ? b : a; } \
  HERE T larger(T a, T b) { return b != b ? b : larger_than(a, b); } \
  HERE T smaller(T a, T b) { return b != b ? b : smaller_than(a, b); } \
  HERE S larger(S a, S b) { return b != b ? b : larger_than(a, b); } \
  HERE S smaller(S a, S b) { return b != b ? b : smaller_than(a, b); }
#if defined(__AVX__)  // one instruction does exactly this, but no compiler finds it
#if REAL_BITS == 32
#define IN_REGISTERS(name) "v" name "ps %2, %1, %0"
#else
#define IN_REGISTERS(name) "v" name "pd %2, %1, %0"
#endif
HERE F larger_than(F a, F b) { F r; __asm__(IN_REGISTERS("max") : "=v"(r) : "v"(b), "v"(a)); return r; }
HERE F smaller_than(F a, F b) { F r; __asm__(IN_REGISTERS("min") : "=v"(r) : "v"(b), "v"(a)); return r; }
#else
CHOSEN(F, real)
#endif
CHOSEN(I, int32_t) CHOSEN(U, uint32_t) CHOSEN(L, int64_t) CHOSEN(Q, uint64_t)
EXTREMES(F, real) EXTREMES(I, int32_t) EXTREMES(U, uint32_t) EXTREMES(L, int64_t) EXTREMES(Q, uint64_t)

// --- integers ------------------------------------------------------------------------------------
// Division by zero gives -1, its remainder the dividend, as in XLA.
#define DIVIDED(T, S) \
  HERE S divided(S a, S b) { return b == 0 ? (S)-1 : b == (S)-1 ? (S)(0 - a) : (S)(a / b); } \
  HERE S remainder_of(S a, S b) { return b == 0 ? a : b == (S)-1 && (S)-1 < 0 ? (S)0 : (S)(a % b); } \
  HERE T divided(T a, T b) { EACH(a[w] = divided((S)a[w], (S)b[w])) return a; } \
  HERE T remainder_of(T a, T b) { EACH(a[w] = remainder_of((S)a[w], (S)b[w])) return a; }
DIVIDED(I, int32_t) DIVIDED(L, int64_t)
#define DIVIDED_UNSIGNED(T, S) \
  HERE S divided(S a, S b) { return b == 0 ? (S)-1 : (S)(a / b); } \
  HERE S remainder_of(S a, S b) { return b == 0 ? a : (S)(a % b); } \
  HERE T divided(T a, T b) { EACH(a[w] = divided((S)a[w], (S)b[w])) return a; } \
  HERE T remainder_of(T a, T b) { EACH(a[w] = remainder_of((S)a[w], (S)b[w])) return a; }
DIVIDED_UNSIGNED(U, uint32_t) DIVIDED_UNSIGNED(Q, uint64_t)
HERE real remainder_of(real a, real b) { return LIBM(fmod)(a, b); }
HERE F remainder_of(F a, F b) { EACH(a[w] = remainder_of((real)a[w], (real)b[w])) return a; }

#define SHIFTED(T, S, SS, US, BITS) \
  HERE S shift_left(S a, S b) { return (US)b < BITS ? (S)((US)a << b) : (S)0; } \
  HERE S shift_right_logical(S a, S b) { return (US)b < BITS ? (S)((US)a >> b) : (S)0; } \
  HERE S shift_right_arithmetic(S a, S b) { return (S)((SS)a >> ((US)b < BITS ? b : BITS - 1)); } \
  HERE T shift_left(T a, T b) { EACH(a[w] = shift_left((S)a[w], (S)b[w])) return a; } \
  HERE T shift_right_logical(T a, T b) { EACH(a[w] = shift_right_logical((S)a[w], (S)b[w])) return a; } \
  HERE T shift_right_arithmetic(T a, T b) { EACH(a[w] = shift_right_arithmetic((S)a[w], (S)b[w])) return a; }
SHIFTED(I, int32_t, int32_t, uint32_t, 32) SHIFTED(U, uint32_t, int32_t, uint32_t, 32)
SHIFTED(L, int64_t, int64_t, uint64_t, 64) SHIFTED(Q, uint64_t, int64_t, uint64_t, 64)

// --- conversions ---------------------------------------------------------------------------------
#define CONVERTED(to, T, S, from, T2, S2) \
  HERE T to##_from_##from(T2 x) { return CAST(T, x); } \
  HERE S to##_from_##from(S2 x) { return (S)x; }
CONVERTED(f, F, real, i, I, int32_t) CONVERTED(f, F, real, u, U, uint32_t)
CONVERTED(f, F, real, l, L, int64_t) CONVERTED(f, F, real, q, Q, uint64_t)
CONVERTED(i, I, int32_t, u, U, uint32_t) CONVERTED(i, I, int32_t, l, L, int64_t) CONVERTED(i, I, int32_t, q, Q, uint64_t)
CONVERTED(u, U, uint32_t, i, I, int32_t) CONVERTED(u, U, uint32_t, l, L, int64_t) CONVERTED(u, U, uint32_t, q, Q, uint64_t)
CONVERTED(l, L, int64_t, i, I, int32_t) CONVERTED(l, L, int64_t, u, U, uint32_t) CONVERTED(l, L, int64_t, q, Q, uint64_t)
CONVERTED(q, Q, uint64_t, i, I, int32_t) CONVERTED(q, Q, uint64_t, u, U, uint32_t) CONVERTED(q, Q, uint64_t, l, L, int64_t)
#define FROM_TRUTH(to, T, S) \
  HERE T to##_from_b(M x) { return CAST(T, x & 1); } \
  HERE S to##_from_b(bool x) { return (S)x; } \
  HERE M b_from_##to(T x) { return CAST(M, x != (T){}); } \
  HERE bool b_from_##to(S x) { return x != 0; }
FROM_TRUTH(f, F, real) FROM_TRUTH(i, I, int32_t) FROM_TRUTH(u, U, uint32_t) FROM_TRUTH(l, L, int64_t) FROM_TRUTH(q, Q, uint64_t)
// Real numbers beyond an integer's range become its ends, and no number zero.
#define FROM_REAL(to, T, S, LOW, HIGH) \
  HERE S to##_from_f(real x) { return x != x ? (S)0 : x <= (real)LOW ? (S)LOW : x >= (real)HIGH ? (S)HIGH : (S)x; } \
  HERE T to##_from_f(F x) { T r; EACH(r[w] = to##_from_f((real)x[w])) return r; }
FROM_REAL(i, I, int32_t, INT32_MIN, INT32_MAX) FROM_REAL(u, U, uint32_t, 0, UINT32_MAX)
FROM_REAL(l, L, int64_t, INT64_MIN, INT64_MAX) FROM_REAL(q, Q, uint64_t, 0, UINT64_MAX)

// --- arithmetic of real numbers ------------------------------------------------------------------
#define LANE_BY_LANE(ours, theirs) \
  HERE real ours(real x) { return theirs(x); } \
  HERE F ours(F x) { F r; EACH(r[w] = theirs(x[w])) return r; }
LANE_BY_LANE(root, LIBM(sqrt)) LANE_BY_LANE(floor_of, LIBM(floor)) LANE_BY_LANE(ceil_of, LIBM(ceil))
LANE_BY_LANE(nearest, LIBM(rint)) LANE_BY_LANE(halves_away, LIBM(round))
LANE_BY_LANE(cube_root, LIBM(cbrt))
LANE_BY_LANE(asin_, LIBM(asin)) LANE_BY_LANE(acos_, LIBM(acos)) LANE_BY_LANE(atan_, LIBM(atan))
LANE_BY_LANE(asinh_, LIBM(asinh)) LANE_BY_LANE(acosh_, LIBM(acosh)) LANE_BY_LANE(atanh_, LIBM(atanh))
LANE_BY_LANE(erf_, LIBM(erf)) LANE_BY_LANE(erfc_, LIBM(erfc))
LANE_BY_LANE(far_sin, LIBM(sin)) LANE_BY_LANE(far_cos, LIBM(cos))
HERE real atan2_(real a, real b) { return LIBM(atan2)(a, b); }
HERE F atan2_(F a, F b) { EACH(a[w] = LIBM(atan2)(a[w], b[w])) return a; }

HERE UM bits(F x) { return (UM)x; }
HERE F magnitude(F x) { return (F)(bits(x) & (((lane_uint)1 << (REAL_BITS - 1)) - 1)); }
HERE real magnitude(real x) { return x < 0 ? -x : x == 0 ? 0 : x; }
#define MAGNITUDE(T, S) \
  HERE T magnitude(T x) { return x < 0 ? -x : x; } \
  HERE S magnitude(S x) { return x < 0 ? -x : x; } \
  HERE T sign_of(T x) { return x > 0 ? (T){} + 1 : x < 0 ? (T){} - 1 : x; } \
  HERE S sign_of(S x) { return (x > 0) - (x < 0); }
MAGNITUDE(I, int32_t) MAGNITUDE(L, int64_t)
#define UNSIGNED_MAGNITUDE(T, S) \
  HERE T magnitude(T x) { return x; } \
  HERE S magnitude(S x) { return x; } \
  HERE T sign_of(T x) { return x > 0 ? (T){} + 1 : x; } \
  HERE S sign_of(S x) { return x > 0; }
UNSIGNED_MAGNITUDE(U, uint32_t) UNSIGNED_MAGNITUDE(Q, uint64_t)
HERE F with_sign(F x, F of) {
  UM sign = (UM){} + ((lane_uint)1 << (REAL_BITS - 1));
  return (F)((bits(x) & ~sign) | (bits(of) & sign));
}
HERE F sign_of(F x) { return x > 0 ? all_F(1) : x < 0 ? all_F(-1) : x; }
HERE real sign_of(real x) { return x > 0 ? 1 : x < 0 ? -1 : x; }
HERE M is_finite(F x) { return (M)(x - x == (F){}); }
HERE bool is_finite(real x) { return x - x == 0; }
// a / b where 1 / b was computed before: corrected by what is left, which rounds as a division does (Markstein
// 2000, IA-64 and Elementary Functions) where the processor can fuse.
template <class T> HERE T divided_by(T a, T b, T reciprocal) {
  T q = a * reciprocal, corrected = q + (a - b * q) * reciprocal;
  return corrected == corrected ? corrected : q;  // infinite numbers have nothing to correct
}
static const real one = 1;
static const real ln2 = (real)0.693147180559945309417232121458176568;

// --- exponential and logarithm -------------------------------------------------------------------
#if REAL_BITS == 32
#define LN2_HIGH 0x1.62e400p-1f
#define LN2_LOW 0x1.7f7d1cp-20f
#define EXP_TERMS 8
#define LOG_TERMS 5
#define LARGEST_EXP 88.72283935546875f
#define SMALLEST_EXP -103.97208404541015625f
#define SMALLEST_NORMAL 0x1p-126f
#define MANY 0x1p25f
#define MANY_LOG 25
#else
#define LN2_HIGH 0x1.62e42fee00000p-1
#define LN2_LOW 0x1.a39ef35793c76p-33
#define EXP_TERMS 14
#define LOG_TERMS 12
#define LARGEST_EXP 709.78271289338397
#define SMALLEST_EXP -745.13321910194122
#define SMALLEST_NORMAL 0x1p-1022
#define MANY 0x1p54
#define MANY_LOG 54
#endif

// The nearest whole number, where it is small: beyond 1.5 times 2^MANTISSA there are no fractions.
HERE F near_whole(F x) {
  const real shift = (real)1.5 * (real)((lane_uint)1 << MANTISSA);
  return (x + shift) - shift;
}
HERE F power_of_two(M n) { return (F)((UM)(n + BIAS) << MANTISSA); }

// e^r - 1 for |r| <= ln(2) / 2, by its series.
HERE F small_expm1(F r) {
  F z = r * r, even = {}, odd = {};
  real term[EXP_TERMS];
  term[0] = 1;
  for (int k = 1; k < EXP_TERMS; k++) term[k] = term[k - 1] / (k + 1);
  for (int k = EXP_TERMS - 1; k > 0; k -= 2) even = even * z + term[k];
  for (int k = EXP_TERMS - 2; k > 0; k -= 2) odd = odd * z + term[k];
  return r + z * (even + r * odd);
}

// e^x where it is neither too large nor too small.
HERE F exp_inside(F x) {
  F n = near_whole(x * (real)1.44269504088896340735992468100189214);
  F r = (x - n * LN2_HIGH) - n * LN2_LOW;
  return (small_expm1(r) + 1) * power_of_two(CAST(M, n));
}

HERE F exp_(F x) {
  F inside = x > LARGEST_EXP ? all_F(LARGEST_EXP) : x < SMALLEST_EXP ? all_F(SMALLEST_EXP) : x;
  inside = x == x ? inside : (F){};
  F n = near_whole(inside * (real)1.44269504088896340735992468100189214);
  F r = (inside - n * LN2_HIGH) - n * LN2_LOW;
  M half = CAST(M, n) >> 1, rest = CAST(M, n) - half;
  F y = ((small_expm1(r) + 1) * power_of_two(half)) * power_of_two(rest);
  y = x > LARGEST_EXP ? all_F(infinity) : x < SMALLEST_EXP ? (F){} : y;
  return x == x ? y : x;
}

HERE F expm1_(F x) {
  F low = x < -50 ? all_F(-50) : x;
  F far = x > LARGEST_EXP ? all_F(LARGEST_EXP) : low;
  far = x == x ? far : (F){};
  F n = near_whole(far * (real)1.44269504088896340735992468100189214);
  F r = (far - n * LN2_HIGH) - n * LN2_LOW;
  M half = CAST(M, n) >> 1, rest = CAST(M, n) - half;
  F scale = power_of_two(half);
  F y = ((small_expm1(r) * scale) * power_of_two(rest)) + (scale * power_of_two(rest) - 1);
  y = n == 0 ? small_expm1(far) : y;
  y = x > LARGEST_EXP ? all_F(infinity) : y;
  y = magnitude(x) < SMALLEST_NORMAL ? x : y;
  return x == x ? y : x;
}

// (e^x -+ e^-x) / 2, by halves where e^x is too large.
HERE F sinh_(F x) {
  F a = magnitude(x), half = exp_(a * (real)0.5), e = expm1_(a);
  F y = a > LARGEST_EXP - 1 ? (half * (real)0.5) * half : (real)0.5 * (e + e / (e + 1));
  return x == x ? with_sign(y, x) : x;
}
HERE F cosh_(F x) {
  F a = magnitude(x), half = exp_(a * (real)0.5);
  return a > LARGEST_EXP - 1 ? (half * (real)0.5) * half : (real)0.5 * (half * half + 1 / (half * half));
}

// The exponent and what is left, between sqrt(1/2) and sqrt(2).
struct Parts { F exponent, mantissa; };
HERE Parts parted(F x) {
  M tiny = (M)(x < SMALLEST_NORMAL);
  F normal = tiny ? x * MANY : x;
  UM raw = bits(normal);
  M e = (M)(raw >> MANTISSA) - BIAS;
  F m = (F)((raw & (((lane_uint)1 << MANTISSA) - 1)) | ((lane_uint)BIAS << MANTISSA));
  M high = (M)(m > (real)1.41421356237309504880168872420969808);
  m = high ? m * (real)0.5 : m;
  e = e - high - (tiny & (M)(UM)((UM){} + MANY_LOG));
  return {CAST(F, e), m};
}

// log of both parts, as a sum of a large and a small number.
struct Sum { F high, low; };
HERE Sum log_of(Parts p) {
  F f = p.mantissa - 1, s = f / (p.mantissa + 1), z = s * s;
  F sum = {};
  for (int k = LOG_TERMS - 1; k >= 0; k--) sum = sum * z + (real)2 / (2 * k + 3);
  F squared = (real)0.5 * f * f;
  F low = p.exponent * LN2_LOW - (squared - s * (squared + z * sum));
  F whole = p.exponent * LN2_HIGH;
  F high = whole + f;
  low = low + (f - (high - whole));
  F total = high + low;
  return {total, low - (total - high)};
}

HERE F log_(F x) {
  F y = log_of(parted(x)).high;
  y = x == infinity ? x : y;
  y = x < 0 ? all_F(no_number) : y;
  y = x == 0 ? all_F(-infinity) : y;
  return x == x ? y : x;
}

HERE F log1p_(F x) {
  F u = 1 + x;
  F y = log_(u) + (x - (u - 1)) / u;
  y = magnitude(x) < (REAL_BITS == 32 ? (real)1e-8 : (real)1e-17) ? x : y;
  return (x == infinity) | (u == 0) ? log_(u) : y;
}

// What rounding took from a product (Dekker 1971, doi:10.1007/BF01397083): halves have exact products.
HERE F product_error(F a, F b, F product) {
  const lane_uint upper = ~(((lane_uint)1 << (MANTISSA / 2 + 1)) - 1);
  F ah = (F)(bits(a) & upper), bh = (F)(bits(b) & upper), al = a - ah, bl = b - bh;
  return ((ah * bh - product) + ah * bl + al * bh) + al * bl;
}

HERE F pow_(F x, F y) {
  Sum l = log_of(parted(magnitude(x)));
  F high = y * l.high;
  F low = y * l.low;
  low += product_error(y, l.high, high);
  F e = exp_(high);
  F r = (magnitude(low) < (real)0.1) & (M)(magnitude(e) < infinity) ? e + e * low : e;
  M whole = (M)(nearest(y) == y);
  F halved = y * (real)0.5;
  M odd = whole & (M)(nearest(halved) != halved);
  F zero_or_infinite = (y < 0) ^ (x == 0) ? (F){} : all_F(infinity);
  r = (x == 0) | (magnitude(x) == infinity) ? zero_or_infinite : r;
  r = (M)(x < 0) & ~whole & (M)(magnitude(x) < infinity) ? all_F(no_number) : r;
  r = odd ? with_sign(r, x) : r;
  r = (x != x) | (y != y) ? x + y : r;
  return (y == 0) | (x == 1) | ((x == -1) & (M)(magnitude(y) == infinity)) ? all_F(1) : r;
}

// --- circles -------------------------------------------------------------------------------------
#if REAL_BITS == 32
#define PI_2A 0x1.92p+0f
#define PI_2B 0x1.fb4p-12f
#define PI_2C 0x1.4442d2p-24f
#define FAR 1000.0f
#define SIN_TERMS 5
#define COS_TERMS 6
#else
#define PI_2A 0x1.921fb54400000p+0
#define PI_2B 0x1.0b4611a600000p-34
#define PI_2C 0x1.3198a2e037073p-69
#define FAR 100000.0
#define SIN_TERMS 9
#define COS_TERMS 10
#endif

struct Turn { F sine, cosine; M quarter; };
HERE Turn turned(F x) {
  F n = near_whole(x * (real)0.636619772367581343075535053490057448);
  F r = ((x - n * PI_2A) - n * PI_2B) - n * PI_2C;
  F z = r * r, s = {}, c = {};
  real sines[SIN_TERMS], cosines[COS_TERMS];
  sines[0] = cosines[0] = 1;
  for (int k = 1; k < SIN_TERMS; k++) sines[k] = -sines[k - 1] / ((2 * k) * (2 * k + 1));
  for (int k = 1; k < COS_TERMS; k++) cosines[k] = -cosines[k - 1] / ((2 * k - 1) * (2 * k));
  for (int k = SIN_TERMS - 1; k > 0; k--) s = s * z + sines[k];
  for (int k = COS_TERMS - 1; k > 1; k--) c = c * z + cosines[k];
  F half = (real)0.5 * z, up = 1 - half;
  F a = magnitude(r);
  return {with_sign(a + (a * z) * s, r), up + (((1 - up) - half) + (z * z) * c), CAST(M, n) & 3};
}
HERE F sin_(F x) {
  M far = ~(M)(magnitude(x) <= FAR);
  Turn t = turned(far ? (F){} : x);
  F y = (t.quarter & 1) != 0 ? t.cosine : t.sine;
  y = (t.quarter & 2) != 0 ? -y : y;
  return any(far) ? far ? far_sin(x) : y : y;
}
HERE F cos_(F x) {
  M far = ~(M)(magnitude(x) <= FAR);
  Turn t = turned(far ? (F){} : x);
  F y = (t.quarter & 1) != 0 ? t.sine : t.cosine;
  y = ((t.quarter + 1) & 2) != 0 ? -y : y;
  return any(far) ? far ? far_cos(x) : y : y;
}
#if REAL_BITS == 32
// An odd rational function, fitted to the relative error; flat beyond 9.
HERE F tanh_(F x) {
  F a = smaller_than(larger_than(x, all_F(-9.02f)), all_F(9.02f)), z = a * a;
  F top = 0.9999999792f + z * (0.1337974465f + z * (0.003494065305f + z * (2.05839498e-5f + z * 1.33196529e-8f)));
  F bottom = 1 + z * (0.4671305994f + z * (0.02587119265f + z * (0.0003283141493f + z * 7.762271575e-7f)));
  return smaller_than(larger_than((a * top) / bottom, all_F(-1)), all_F(1));
}
#else
// (e^2x - 1) / (e^2x + 1); near zero a convergent of its continued fraction (DLMF 4.39.1).
HERE F tanh_(F x) {
  F a = magnitude(x), z = x * x, e = exp_inside(2 * (a > 20 ? all_F(20) : a));
  F top = a * (135135 + z * (17325 + z * (378 + z))), bottom = 135135 + z * (62370 + z * (3150 + 28 * z));
  M near = (M)(a < (real)0.5);
  F y = (near ? top : e - 1) / (near ? bottom : e + 1);
  return x == x ? with_sign(y, x) : x;
}
#endif

// --- inverse of the error function: x P(w), w = -log(1 - x^2) --------------------------------------
template <int N> HERE F polynomial(F x, const real (&c)[N]) {
  F sum = all_F(c[N - 1]);
  for (int k = N - 2; k >= 0; k--) sum = sum * x + c[k];
  return sum;
}
#if REAL_BITS == 32
static const real CENTRAL[] = {
  1.501409352f, 0.2466402894f, -0.004177324922f, -0.001252748416f, 0.0002182639231f, -4.959743495e-6f,
  -3.426175952e-6f, 4.654287305e-7f, 1.648717684e-8f, -8.739830973e-9f, 4.351147307e-10f};
static const real TAIL[] = {
  3.051757101f, 1.004903754f, 0.005746704288f, -0.004087596496f, 0.002773720633f, -0.001878449871f,
  0.00104447792f, -0.000362052259f, -1.978035644e-5f, 9.389144692e-5f, -3.258042847e-5f};
HERE F erf_inv_smooth(F w, F root_w) {
  return w < 5 ? polynomial(w - 2.5f, CENTRAL) : polynomial(root_w - 3.218033988749895f, TAIL);
}
#else
static const real CENTRAL[] = {
  1.65365456268310274, 0.240158182425589692, -0.00603367087142780263, -0.000740702534166802758,
  0.000186734208024455523, -0.0000138825233615840865, -1.365469184753234e-6, 4.23478777042255733e-7,
  -2.90703825138518221e-8, -4.1126332809472789e-9, 1.05121827360968835e-9, -5.41543581716947605e-11,
  -1.29769210899528827e-11, 2.63355990762131616e-12, -8.1177203635106666e-14, -4.0552462575666957e-14,
  6.59557461411368198e-15, 2.15329898017427225e-17, -1.30105809087576896e-16, 1.11320508971797208e-17,
  1.14728924996581157e-18, -1.67995732524731166e-19, -1.06266104596037174e-21};
static const real TAIL[] = {
  3.08388561049222063, 1.00525896769415913, 0.00537091455357154338, -0.00375120850755763643,
  0.00249144209698827539, -0.00168827555632160308, 0.00095328936362384672, -0.000355037516928340435,
  0.0000240312581158228773, 0.0000682848304945795075, -0.0000473189897999411952, 0.0000124753770159836977,
  2.925746394013068e-6, -4.01401033578551815e-6, 1.49868272558190083e-6, 1.83887068330906453e-8,
  -2.71316245275802913e-7, 9.06925286303717934e-8, 6.85490643002690581e-10};
static const real FAR_TAIL[] = {
  4.9509348530788744, 1.01026656450229276, -0.00019885886862212777, -0.000186513017385835625,
  0.0000668000683963367944, -0.0000171626315667488691, 3.88993854232932681e-6, -8.3108130465744144e-7,
  1.79133979979173767e-7, -4.53985511073923982e-8, 1.65464784458916209e-8, -8.22012037525751189e-9,
  4.28154458198517423e-9, -1.96408081016938981e-9, 8.14672717272987252e-10, -3.32663356151410631e-10,
  7.96512400736177937e-11, 1.86751270854713179e-11, -1.18064280011269555e-11};
HERE F erf_inv_smooth(F w, F root_w) {
  F far = root_w < 4 ? polynomial(root_w - 3.25, TAIL) : polynomial(root_w - 5.1, FAR_TAIL);
  return w < 6.25 ? polynomial(w - 3.125, CENTRAL) : far;
}
#endif
HERE F erf_inv_(F x) {
  F w = -log_((1 - x) * (1 + x));
  F y = x * erf_inv_smooth(w, root(w));
  return magnitude(x) == 1 ? with_sign(all_F(infinity), x) : y;
}
// The same for a number that all lanes share.
#define SHARED(name) HERE real name(real x) { return name(all_F(x))[0]; }
SHARED(exp_) SHARED(expm1_) SHARED(sinh_) SHARED(cosh_) SHARED(log_) SHARED(log1p_) SHARED(sin_) SHARED(cos_) SHARED(tanh_) SHARED(erf_inv_)
HERE real pow_(real x, real y) { return pow_(all_F(x), all_F(y))[0]; }

// --- numbers too small to be normal ----------------------------------------------------------------
// They count as zero, as under XLA: decaying states reach them, and processors take a hundred times longer.
struct Flushed {
#if defined(__x86_64__)
  unsigned before = __builtin_ia32_stmxcsr();
  Flushed() { __builtin_ia32_ldmxcsr(before | 0x8040u); }
  ~Flushed() { __builtin_ia32_ldmxcsr(before); }
#elif defined(__aarch64__)
  uint64_t before;
  Flushed() {
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" : : "r"(before | (1ull << 24)));
  }
  ~Flushed() { __asm__ volatile("msr fpcr, %0" : : "r"(before)); }
#endif
};
