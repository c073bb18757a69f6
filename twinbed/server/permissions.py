"""Who may do what. A role may do whatever the roles before it may."""

import enum
from collections.abc import Mapping


class Role(enum.StrEnum):
    """What a person is here, from least to most."""

    VIEWER = "viewer"
    CLINICIAN = "clinician"
    ENGINEER = "engineer"
    INSTRUCTOR = "instructor"
    ADMINISTRATOR = "administrator"


class Act(enum.StrEnum):
    """What the server asks permission for."""

    WATCH = "watch beds, their logs and recordings"
    TREAT = "give drugs, set devices and alarms, act on the person"
    PACE = "pause, resume, step and pace a bed"
    FORK = "ask what would be"
    BREAK = "put faults into devices"
    CHANGE_PATIENT = "change the patient"
    RUN = "start studies and tests of devices"
    MAKE_BED = "open beds"
    REWIND = "take a bed back in time"
    REMOVE_BED = "remove beds"
    KEEP_PEOPLE = "see, invite and change people"
    READ_AUDIT = "read and check the audit"


LOWEST: Mapping[Act, Role] = {
    Act.WATCH: Role.VIEWER,
    Act.TREAT: Role.CLINICIAN,
    Act.PACE: Role.CLINICIAN,
    Act.FORK: Role.CLINICIAN,
    Act.BREAK: Role.ENGINEER,
    Act.CHANGE_PATIENT: Role.INSTRUCTOR,
    Act.RUN: Role.ENGINEER,
    Act.MAKE_BED: Role.INSTRUCTOR,
    Act.REWIND: Role.INSTRUCTOR,
    Act.REMOVE_BED: Role.ADMINISTRATOR,
    Act.KEEP_PEOPLE: Role.ADMINISTRATOR,
    Act.READ_AUDIT: Role.ADMINISTRATOR,
}
"""The first role that may."""

CONTROLS: Mapping[str, Act] = {
    "drug": Act.TREAT,
    "device": Act.TREAT,
    "alarm": Act.TREAT,
    "person": Act.TREAT,
    "fault": Act.BREAK,
    "patient": Act.CHANGE_PATIENT,
}
"""What it takes to use a control of a bed, by its group."""

_RANK = {role: i for i, role in enumerate(Role)}


def may(role: Role, act: Act) -> bool:
    """Whether a role may do something."""
    return _RANK[role] >= _RANK[LOWEST[act]]


def with_article(role: Role) -> str:
    """A role with its article: an engineer, a clinician."""
    return f"{'an' if role[0] in 'aeio' else 'a'} {role}"


def roles(act: Act) -> list[Role]:
    """The roles that may do something."""
    return [role for role in Role if may(role, act)]
