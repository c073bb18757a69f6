"""What JAX loops over and branches on, as loops around all lanes."""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, Var

from twinbed.engine.native.emit import Atom, Emitter, Memory, Name, is_uniform, kind, kind_of
from twinbed.engine.native.errors import Unsupported
from twinbed.engine.native.lower import MOST_ELEMENTS, Lowering, Value, row_in_memory, scalar, shaped
from twinbed.engine.native.primitives import ELEMENTWISE, Atoms, apply, convert, only, select, spread

MOST_UNROLLED = 3000
MOST_UNROLLED_AROUND = 400
"""Beside a loop that does most of the work: there code costs the compiler time and saves none."""
MOST_STORED = 1_000_000


def _size(jaxpr: Jaxpr) -> int:
    total = len(jaxpr.eqns)
    for equation in jaxpr.eqns:
        for parameter in jax.tree.leaves(dict(equation.params), is_leaf=lambda p: isinstance(p, ClosedJaxpr | Jaxpr)):
            if isinstance(parameter, ClosedJaxpr | Jaxpr):
                inner = parameter.jaxpr if isinstance(parameter, ClosedJaxpr) else parameter
                total += _size(inner) * equation.params.get("length", 1)
    return total


def scan(low: Lowering, equation: Any, args: list[Value]) -> list[Value]:
    p = equation.params
    n_consts, n_carry, length = p["num_consts"], p["num_carry"], p["length"]
    consts, start, xs = args[:n_consts], args[n_consts : n_consts + n_carry], args[n_consts + n_carry :]
    most = MOST_UNROLLED_AROUND if low.works_below else MOST_UNROLLED
    if length == 1 or (length <= 16 and length * _size(p["jaxpr"].jaxpr) <= most):
        return _unrolled(low, p, consts, start, xs, equation.outvars[n_carry:])
    ys = [_place(low, v) for v in equation.outvars[n_carry:]]
    index, head = _counted(low, length)

    def body(inside: list[Atoms]) -> tuple[list[Atoms], Atom]:
        now: Atom = Name(index, "i", low.emitter.depth, True)
        if p["reverse"]:
            now = low.emitter.variable("i", [f"{length - 1} - {index}"], low.emitter.depth, True)
        return [low.atoms(v) for v in _scan_body(low, p, consts, inside, xs, ys, now)], np.bool_(True)

    around, low.works_below = low.works_below, _works_below(p["jaxpr"].jaxpr)
    out = _repeated(low, equation, start, head, body)
    low.works_below = around
    return [*out, *ys]


def _open(jaxpr: ClosedJaxpr | Jaxpr) -> Jaxpr:
    return jaxpr.jaxpr if isinstance(jaxpr, ClosedJaxpr) else jaxpr


def _works_below(jaxpr: Jaxpr) -> bool:
    """Whether a loop within is so long that it stays a loop."""
    for equation in jaxpr.eqns:
        if equation.primitive.name == "scan":
            within = equation.params["length"] * _size(equation.params["jaxpr"].jaxpr)
            if equation.params["length"] > 1 and within > MOST_UNROLLED:
                return True
            continue
        for parameter in jax.tree.leaves(dict(equation.params), is_leaf=lambda p: isinstance(p, ClosedJaxpr | Jaxpr)):
            if isinstance(parameter, ClosedJaxpr | Jaxpr) and _works_below(_open(parameter)):
                return True
    return False


def _unrolled(low: Lowering, p: Any, consts: Any, carry: Any, xs: Any, outs: Any) -> list[Value]:
    order = range(p["length"])
    rows: dict[int, list[Value]] = {}
    large = lambda v: int(np.prod(shaped(v).shape)) > MOST_ELEMENTS
    places = [_place(low, v) if v in low.places or large(v) else None for v in outs]
    for k in reversed(order) if p["reverse"] else order:
        now = [_element(low, x, np.int32(k)) for x in xs]
        rows_at = [None if m is None else row_in_memory(low, m, np.int32(k)) for m in places]
        out = low.call(p["jaxpr"], [*consts, *carry, *now], [*(None for _ in carry), *rows_at])
        carry = out[: len(carry)]
        rows[k] = out[len(carry) :]
    ys: list[Value] = []
    for i, place in enumerate(places):
        if place is None:
            ys.append(np.stack([low.atoms(rows[k][i]) for k in order]))
            continue
        for k in order:
            low.store(rows[k][i], row_in_memory(low, place, np.int32(k)))
        ys.append(place)
    return [*carry, *ys]


def _counted(low: Lowering, length: int) -> tuple[str, str]:
    index = low.emitter.fresh("i")
    return index, f"for (int32_t {index} = 0; {index} < {length}; {index}++) {{"


def _place(low: Lowering, v: Var) -> Memory:
    """Where a stacked output goes: to its place, else to an array of the function."""
    if v in low.places:
        return low.places[v]
    kind = kind_of(shaped(v).dtype)
    name = low.emitter.fresh("y")
    size = int(np.prod(shaped(v).shape))
    if size > MOST_STORED:
        raise Unsupported(f"stores {size} numbers for every patient; at most {MOST_STORED} can be")
    low.emitter.write(f"alignas(64) SCRATCH stored_{kind} {name}[{max(size, 1)} * STRIDE];")
    return Memory(name, kind, shaped(v).shape, low.emitter.depth)


def _element(low: Lowering, value: Value, index: Atom) -> Value:
    """A row of a value, at a constant or at a counter."""
    if isinstance(value, Memory):
        return row_in_memory(low, value, index)
    if isinstance(index, np.generic):
        return value[int(index)] if isinstance(value[int(index)], np.ndarray) else scalar(value[int(index)])
    return _looked_up(low, value, index)


def _looked_up(low: Lowering, value: Atoms, index: Name) -> Atoms:
    """The row of a counter: a straight line where constants form one, else read from a table."""
    rows = value.reshape(len(value), -1)
    out = np.empty(rows.shape[1], object)
    for k in range(rows.shape[1]):
        column = rows[:, k]
        if all(isinstance(a, np.integer) for a in column):
            steps = np.diff([int(a) for a in column])
            if len(set(steps.tolist())) <= 1:
                dtype = column[0].dtype
                step = dtype.type(np.asarray(steps[0] if len(steps) else 0).astype(dtype))
                scaled = apply(low.emitter, ELEMENTWISE["mul"], dtype, convert(low.emitter, index, dtype), step)
                out[k] = apply(low.emitter, ELEMENTWISE["add"], dtype, scaled, column[0])
                continue
        out[k] = _from_table(low, column, index)
    return out.reshape(value.shape[1:]) if value.ndim > 1 else scalar(out[0])


def _from_table(low: Lowering, column: Atoms, index: Name) -> Atom:
    e = low.emitter
    names = [a for a in column if isinstance(a, Name)]
    kind = names[0].kind if names else kind_of(column[0].dtype)
    uniform = all(n.uniform for n in names)
    depth = max((n.depth for n in names), default=0)
    entries = [", ".join(e.text(a, part) for a in column) for part in e.over(uniform)]
    loop = e.loops[depth]
    key = ("table", *entries)
    if key not in loop.known:
        table = Name(e.fresh("t"), kind, depth, uniform)
        for declared, row in zip(e.declared(table), entries, strict=True):
            loop.lines.append(f"const {declared}[] = {{{row}}};")
        loop.known[key] = table
    texts = [f"{e.text(loop.known[key], part)}[{index.text}]" for part in e.over(uniform)]
    return e.variable(kind, texts, max(depth, index.depth), uniform)


def _scan_body(
    low: Lowering, p: Any, consts: list[Value], carry: list[Atoms], xs: list[Value], ys: list[Memory], index: Name
) -> list[Value]:
    now = [_element(low, x, index) for x in xs]
    places = [row_in_memory(low, y, index) for y in ys]
    out = low.call(p["jaxpr"], [*consts, *carry, *now], [*(None for _ in carry), *places])
    for value, place in zip(out[len(carry) :], places, strict=True):
        low.store(value, place)
    return out[: len(carry)]


_STILL, _ALIKE, _OWN = range(3)
"""What a carried number does: it never changes; it changes alike in all lanes; it is each patient's own."""


def _repeated(
    low: Lowering,
    equation: Any,
    start: list[Value],
    head: str,
    body: Callable[[list[Atoms]], tuple[list[Atoms], Atom]],
) -> list[Atoms]:
    """A loop around `body`, which takes the carry and returns the next one, and in which lanes it follows.

    It is written as if the carry never changed, and again for as long as it turns out to change more than that.
    """
    e = low.emitter
    arrays = [low.atoms(v) for v in start]
    flat = [atom for a in arrays for atom in a.reshape(-1)]
    shaped_like = lambda atoms: _shaped(atoms, arrays)
    began = [_OWN if not is_uniform(a) else _ALIKE if isinstance(a, Name) else _STILL for a in flat]
    seen, changes = low.seen.get(id(equation), (began, [_STILL] * len(flat)))
    if any(then > now for then, now in zip(seen, began, strict=True)):
        changes = [_STILL] * len(flat)
    while True:
        before = e.mark()
        carried = [a if c == _STILL else _declared(e, a, c == _ALIKE) for a, c in zip(flat, changes, strict=True)]
        e.open()
        inside = _at_depth(e.depth, carried, changes)
        new, lanes = body(shaped_like(inside))
        following = [atom for a in new for atom in a.reshape(-1)]
        found = [
            c if _same(n, i) else max(c, b, _ALIKE if is_uniform(n) and is_uniform(lanes) else _OWN)
            for c, b, n, i in zip(changes, began, following, inside, strict=True)
        ]
        found = _evenly(
            [c if c == _STILL else max(c, b) for c, b in zip(_evenly(found, arrays), began, strict=True)], arrays
        )
        if found == changes:
            break
        changes = found
        e.forget(before)
    low.seen[id(equation)] = began, changes
    _assign(e, [(i, n) for i, n, c in zip(inside, following, changes, strict=True) if c != _STILL and i != n], lanes)
    lines = e.close()
    e.write(head)
    for line in lines:
        e.write("  " + line)
    e.write("}")
    return shaped_like(_at_depth(e.depth, carried, changes))


def _evenly(changes: list[int], arrays: list[Atoms]) -> list[int]:
    """An array changes as the most changing of its elements: what is pushed into a line reaches its end."""
    left = iter(changes)
    return [most for a in arrays for most in [max((next(left) for _ in range(a.size)), default=_STILL)] * a.size]


def _same(a: Atom, b: Atom) -> bool:
    """Whether two atoms are one; of constants to the last bit, so that zero is not minus zero."""
    if isinstance(a, np.generic) and isinstance(b, np.generic):
        return a.dtype == b.dtype and a.tobytes() == b.tobytes()
    return a == b


def _at_depth(depth: int, carried: list[Any], changes: list[int]) -> list[Any]:
    """The carry as one level of the program sees it: what changes belongs to that level."""
    return [a if c == _STILL else dataclasses.replace(a, depth=depth) for a, c in zip(carried, changes, strict=True)]


def _shaped(atoms: list[Atom], like: list[Atoms]) -> list[Atoms]:
    """Atoms in a row as arrays of these shapes."""
    out, left = [], iter(atoms)
    for a in like:
        row = np.empty(a.size, object)
        for k in range(a.size):
            row[k] = next(left)
        out.append(row.reshape(a.shape))
    return out


def _declared(e: Emitter, start: Atom, uniform: bool) -> Name:
    name = Name(e.fresh("c"), kind(start), e.depth, uniform)
    for declared, part in zip(e.declared(name), e.over(uniform), strict=True):
        e.write(f"{declared} = {e.text(start, part)};")
    return name


def _assign(e: Emitter, pairs: list[tuple[Name, Atom]], lanes: Atom) -> None:
    """Moves new values into the carry, in some lanes."""
    olds = {c.text for c, _ in pairs}
    moved = []
    for c, o in pairs:
        if not is_uniform(lanes):
            o = e.assign(c.kind, "select({0}, {1}, {2})", (lanes, o, c))
        elif isinstance(o, Name) and o.text in olds:
            held = Name(e.fresh("n"), c.kind, e.depth, c.uniform)
            for declared, part in zip(e.declared(held), e.over(c.uniform), strict=True):
                e.write(f"const {declared} = {e.text(o, part)};")
            o = held
        moved += [f"{e.text(c, part)} = {e.text(o, part)};" for part in e.over(c.uniform)]
    for line in moved:
        e.write(line)


def while_loop(low: Lowering, equation: Any, args: list[Value]) -> list[Value]:
    p, e = equation.params, low.emitter
    a, b = p["cond_nconsts"], p["cond_nconsts"] + p["body_nconsts"]
    cond_consts, body_consts = args[:a], args[a:b]

    def body(inside: list[Atoms]) -> tuple[list[Atoms], Atom]:
        (wants,) = low.call(p["cond_jaxpr"], [*cond_consts, *inside])
        more = only(low.atoms(wants))
        conditions.append(more)
        wanted = " || ".join(f"any({e.text(more, part)})" for part in e.over(is_uniform(more)))
        e.write(f"if (!({wanted})) break;")
        return [low.atoms(v) for v in low.call(p["body_jaxpr"], [*body_consts, *inside])], more

    conditions: list[Atom] = []
    final = _repeated(low, equation, args[b:], "for (;;) {", body)
    if isinstance(conditions[-1], np.generic) and conditions[-1]:
        raise Unsupported("has a condition that never changes")
    return [*final]


def cond(low: Lowering, equation: Any, args: list[Value]) -> list[Value]:
    """One branch if all lanes take the same, else every branch and a choice."""
    which, *operands = args
    number = only(low.atoms(which))
    branches = equation.params["branches"]
    if isinstance(number, np.generic):
        return low.call(branches[int(number)], operands)
    if number.uniform:
        return _branched(low, branches, number, operands)
    every = [[low.atoms(v) for v in low.call(b, operands)] for b in branches]
    return [spread(lambda *a: select(low.emitter, number, *a), *cases) for cases in zip(*every, strict=True)]


def _branched(low: Lowering, branches: Any, number: Name, operands: list[Value]) -> list[Value]:
    e = low.emitter
    blocks: list[tuple[list[str], list[Atom]]] = []
    for branch in branches:
        e.open(branch=True)
        made = [low.atoms(v) for v in low.call(branch, operands)]
        blocks.append((e.close(), [atom for a in made for atom in a.reshape(-1)]))
    results: list[Atom] = []
    for atoms in zip(*(atoms for _, atoms in blocks), strict=True):
        if all(a == atoms[0] for a in atoms) and not (isinstance(atoms[0], Name) and atoms[0].depth > e.depth):
            results.append(atoms[0])
            continue
        name = Name(e.fresh("s"), kind(atoms[0]), e.depth, all(map(is_uniform, atoms)))
        for declared in e.declared(name):
            e.write(f"{declared};")
        for (lines, _), atom in zip(blocks, atoms, strict=True):
            lines += [f"{e.text(name, part)} = {e.text(atom, part)};" for part in e.over(name.uniform)]
        results.append(name)
    for k, (lines, _) in enumerate(blocks):
        last = k == len(blocks) - 1
        test = "" if last else f"if ({_is_case(number, k)}) "
        e.write(f"{'} else ' if k else ''}{test}{{")
        for line in lines:
            e.write("  " + line)
    e.write("}")
    return [*_shaped(results, made)]


def _is_case(number: Name, k: int) -> str:
    return f"{number.text} == {k}" if number.kind != "b" else f"{'' if k else '!'}{number.text}"
