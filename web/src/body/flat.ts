import { html } from "lit";
import { css, ofPerfusion, ofSaturation, VENOUS } from "./colour";
import { MUSCLE_ML, TISSUE_ML, type Shown } from "./motion";

/** Volumes at which the shapes below are drawn as they are. */
const REST = { left_ml: 120, right_ml: 130, lung_L: 1.6 };
const OUTLINE =
  "M30 400 C44 300 50 204 64 154 C72 130 100 124 122 117 C137 112 139 104 137 94 C124 80 121 58 126 38 C131 15 146 6 160 6 " +
  "C174 6 189 15 194 38 C199 58 196 80 183 94 C181 104 183 112 198 117 C220 124 248 130 256 154 C270 204 276 300 290 400";
const ARMS =
  "M58 400 C72 320 84 256 90 204 C95 262 92 330 86 400 M262 400 C248 320 236 256 230 204 C225 262 228 330 234 400";
const LUNG =
  "M0 0 C-17 3 -31 32 -37 64 C-42 92 -44 112 -39 128 C-31 130 -15 114 4 114 C9 86 11 60 10 34 C9 14 7 3 0 0 Z";
const LEFT = "M0 -6 C-14 -6 -19 4 -18 14 C-16 32 -8 47 0 47 C8 47 16 32 18 14 C19 4 14 -6 0 -6 Z";
const RIGHT = "M-4 -7 C-30 -8 -38 28 -6 45 C-2 47 0 40 -4 30 C-12 16 -12 4 -4 -7 Z";

/** The same body in two dimensions, where the browser has no WebGL: every length goes with the cube root of its volume. */
export function flat(now: Shown) {
  const size = (value: number, rest: number) => (Number.isFinite(value) ? Math.cbrt(Math.max(value, 1e-3) / rest) : 1);
  const lung = (gas_L: number) => size(gas_L + TISSUE_ML / 1000, REST.lung_L);
  const outer = size(now.left_ml + MUSCLE_ML, REST.left_ml + MUSCLE_ML);
  const inner = Math.cbrt(REST.left_ml / (REST.left_ml + MUSCLE_ML)) * size(now.left_ml, REST.left_ml);
  const blood = css(ofSaturation(now.saturation));
  const skin = css(ofPerfusion(now.perfusion));
  const venous = css(VENOUS);
  return html`<svg viewBox="0 0 320 380" preserveAspectRatio="xMidYMid slice" aria-hidden="true" focusable="false">
    <g fill="none" stroke=${skin} stroke-width="1.8" stroke-linecap="round">
      <path d=${OUTLINE} fill=${skin} fill-opacity="0.1" />
      <path d=${ARMS} stroke-opacity="0.6" />
    </g>
    <g fill="none" stroke-linecap="round">
      <path d="M160 100 V152 L142 174 M160 152 L180 172" stroke="currentColor" stroke-opacity="0.35" stroke-width="5" />
      <path d="M141 20 C141 80 147 100 147 124 V400" stroke=${venous} stroke-width="7" />
      <path
        d="M165 196 C158 166 164 152 175 154 C187 157 184 186 182 220 L170 400"
        stroke=${blood}
        stroke-width="7.5"
      />
    </g>
    <g fill=${blood} fill-opacity="0.24" stroke=${blood} stroke-opacity="0.6" stroke-width="1.2">
      <path d=${LUNG} transform="translate(132 136) scale(${lung(now.lungRight_L)})" />
      <path d=${LUNG} transform="translate(190 136) scale(${-lung(now.lungLeft_L)} ${lung(now.lungLeft_L)})" />
    </g>
    <g transform="translate(160 202) rotate(-44)">
      <path d=${RIGHT} fill=${venous} transform="scale(${size(now.right_ml, REST.right_ml)})" />
      <path d=${LEFT} fill="#8d4a43" transform="scale(${outer})" />
      <path d=${LEFT} fill=${blood} transform="translate(0 1) scale(${inner})" />
    </g>
  </svg>`;
}
