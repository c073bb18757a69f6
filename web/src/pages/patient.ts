import type { Patient } from "../contract";
import { maybe, short, t } from "../text/text";

/** Who lies in the bed, in a line. */
export function patientLine(patient: Patient | null | undefined): string {
  if (!patient) return "";
  const parts = [
    patient.age === undefined ? "" : t("patient.age", { n: short(patient.age) }),
    patient.sex ? (maybe(`patient.${patient.sex}`) ?? patient.sex) : "",
    patient.weight_kg === undefined ? "" : `${short(patient.weight_kg)} kg`,
  ];
  return parts.filter(Boolean).join(" · ");
}
