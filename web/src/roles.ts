import type { Control, Role } from "./contract";

/** From least to most; a role may do whatever those before it may. */
export const ROLES: readonly Role[] = ["viewer", "clinician", "engineer", "instructor", "administrator"];

export function atLeast(role: Role | null | undefined, least: Role): boolean {
  return role !== null && role !== undefined && ROLES.indexOf(role) >= ROLES.indexOf(least);
}

/** The least role for a group of controls, where a control does not say who may use it. */
export const LEAST: Record<Control["group"], Role> = {
  drug: "clinician",
  device: "clinician",
  alarm: "clinician",
  person: "clinician",
  fault: "engineer",
  patient: "instructor",
};
