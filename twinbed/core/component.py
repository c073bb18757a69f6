"""What a component reads and shows, found from the types it names."""

import dataclasses
import typing

import equinox as eqx
import jax

from twinbed.core.device import AbstractDevice, AbstractWrapper, Wrapped
from twinbed.core.endpoint import AbstractEndpoint
from twinbed.core.model import AbstractModel
from twinbed.core.quantities import Port, ports

Component = AbstractModel | AbstractDevice | AbstractEndpoint


@dataclasses.dataclass(frozen=True)
class Types:
    """The classes a component names: its state, its (own) inputs, its outputs."""

    state: type
    inputs: type
    outputs: type


def types_of(cls: type) -> Types:
    """The classes that a component class names in its base, `Base[State, Inputs, Outputs]`.

    Raises:
        TypeError: the class does not name all three.
    """
    for base in getattr(cls, "__orig_bases__", ()):
        args = typing.get_args(base)
        if len(args) == 3:
            return Types(*args)
    raise TypeError(f"{cls.__name__} must name its state, inputs and outputs: Base[State, Inputs, Outputs]")


def input_template(component: Component) -> eqx.Module:
    """The inputs of a component with a `Port` in place of every value."""
    own = template(types_of(type(component)).inputs)
    if isinstance(component, AbstractWrapper):
        return Wrapped(input_template(component.device), own)
    return own


def output_template(component: AbstractModel | AbstractDevice) -> eqx.Module:
    """The outputs of a component with a `Port` in place of every value."""
    if isinstance(component, AbstractWrapper):
        return output_template(component.device)
    return template(types_of(type(component)).outputs)


def template(cls: type) -> eqx.Module:
    """An instance of an inputs or outputs class with a `Port` in place of every value."""
    node = object.__new__(cls)
    for name, found in ports(cls).items():
        object.__setattr__(node, name, found)
    return node


def is_port(leaf: object) -> bool:
    """Whether a leaf of a template stands for a signal."""
    return isinstance(leaf, Port)


def port_list(template: object) -> list[Port]:
    """The ports of a template in order of declaration."""
    return [leaf for leaf in jax.tree.leaves(template, is_leaf=is_port) if is_port(leaf)]
