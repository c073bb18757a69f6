import type { Patient } from "../contract";
import { maybe, short, t } from "../text/text";

/** Who lies in the bed, in a line; what nobody knows is said to be unknown. */
export function patientLine(patient: Patient | null | undefined): string {
  if (!patient) return "";
  const { age, sex, weight_kg, weight_assumed } = patient;
  const weight = weight_kg === undefined ? "" : `${short(weight_kg)} kg`;
  const parts =
    age === null && sex === null
      ? [t("patient.unknown")]
      : [
          age === null ? t("patient.ageUnknown") : age === undefined ? "" : t("patient.age", { n: short(age) }),
          sex === null ? t("patient.sexUnknown") : sex ? (maybe(`patient.${sex}`) ?? sex) : "",
        ];
  return [...parts, weight_assumed ? t("patient.assumed", { weight }) : weight].filter(Boolean).join(" · ");
}
