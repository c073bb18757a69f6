"""A bed: one patient, devices, endpoints and the links between them."""

from collections.abc import Mapping

import equinox as eqx

from twinbed.core.bounds import check_bounds
from twinbed.core.device import AbstractDevice
from twinbed.core.endpoint import AbstractEndpoint
from twinbed.core.errors import WiringError
from twinbed.core.model import AbstractModel
from twinbed.engine.links import default_links

RESERVED = ("scenario",)


class Bed(eqx.Module):
    """One patient with devices. A cohort is the same bed with a leading axis on its leaves.

    `links` says which source feeds an input where names differ or two parts show the same:
    `{"pump.basal_command": "pid.basal_command"}`. Parts that are not linked are coupled by
    the name of the signal; what breathing machines and several pumps show is linked as
    `engine.links` says, unless a link here says otherwise.

    Raises:
        WiringError: a name is taken twice.
        SettingError: a setting of a device is outside its bounds.
    """

    models: dict[str, AbstractModel]
    devices: dict[str, AbstractDevice]
    endpoints: dict[str, AbstractEndpoint]
    links: tuple[tuple[str, str], ...] = eqx.field(static=True)

    def __init__(
        self,
        patient: AbstractModel | Mapping[str, AbstractModel],
        devices: Mapping[str, AbstractDevice] | None = None,
        *,
        endpoints: Mapping[str, AbstractEndpoint] | None = None,
        links: Mapping[str, str] | None = None,
    ):
        self.models = {"patient": patient} if isinstance(patient, AbstractModel) else dict(patient)
        self.devices = dict(devices or {})
        self.endpoints = dict(endpoints or {})
        names = [*self.models, *self.devices, *self.endpoints]
        doubled = sorted({n for n in names if names.count(n) > 1} | (set(names) & set(RESERVED)))
        if doubled:
            raise WiringError(f"the names {', '.join(doubled)} are taken; give each part its own name")
        for name, device in self.devices.items():
            check_bounds(device, name)
        self.links = tuple(sorted((default_links(self.models, self.devices) | dict(links or {})).items()))

    @property
    def components(self) -> dict[str, AbstractModel | AbstractDevice | AbstractEndpoint]:
        """Every part by name."""
        return {**self.models, **self.devices, **self.endpoints}
