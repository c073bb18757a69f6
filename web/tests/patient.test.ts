import { expect, test } from "vitest";
import { patientLine } from "../src/pages/patient";
import { setLanguage } from "../src/text/text";

test("a patient is told in a line", () => {
  expect(patientLine({ age: 34, sex: "female", weight_kg: 68 })).toBe("34 years · female · 68 kg");
  expect(patientLine(null)).toBe("");
});

test("what nobody knows of a patient is told to be unknown, in both languages", () => {
  const nobody = { age: null, sex: null, weight_kg: 75, weight_assumed: true };
  expect(patientLine(nobody)).toBe("age and sex unknown · 75 kg (assumed)");
  expect(patientLine({ age: null, sex: "male", weight_kg: 75 })).toBe("age unknown · male · 75 kg");
  expect(patientLine({ age: 20, sex: null })).toBe("20 years · sex unknown");
  setLanguage("ko");
  expect(patientLine(nobody)).toBe("나이·성별 모름 · 75 kg(가정)");
  setLanguage("en");
});
