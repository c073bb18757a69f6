import { html } from "lit";
import { css, ofPerfusion, ofSaturation, VENOUS } from "./colour";
import type { Shown } from "./motion";

/** The same body in two dimensions, where the browser has no WebGL: areas go with volumes as lengths do in the other picture. */
export function flat(now: Shown) {
  const size = (value: number, rest: number) => (Number.isFinite(value) ? Math.cbrt(value / rest) : 1);
  const [lungLeft, lungRight] = [size(now.lungLeft_L + 0.4, 1.6), size(now.lungRight_L + 0.4, 1.8)];
  const [left, right] = [size(now.left_ml, 120), size(now.right_ml, 130)];
  const blood = css(ofSaturation(now.saturation));
  const skin = css(ofPerfusion(now.perfusion));
  const LUNG =
    "M0 0 C-16 2 -30 30 -36 62 C-41 90 -43 112 -38 126 C-30 128 -14 112 4 112 C8 84 10 60 9 34 C8 14 6 2 0 0 Z";
  return html`<svg viewBox="0 0 320 400" aria-hidden="true" focusable="false">
    <g fill=${skin} fill-opacity="0.14" stroke=${skin} stroke-width="2" stroke-linejoin="round">
      <path
        d="M137 92 C138 104 136 112 124 118 C104 126 80 126 70 146 C58 172 52 240 40 330 L62 336 C70 280 78 230 88 204 C90 250 86 300 82 396 L238 396 C234 300 230 250 232 204 C242 230 250 280 258 336 L280 330 C268 240 262 172 250 146 C240 126 216 126 196 118 C184 112 182 104 183 92 Z"
      />
      <ellipse cx="160" cy="56" rx="34" ry="45" />
    </g>
    <path
      d="M160 96 V150 M160 150 L138 172 M160 150 L184 172"
      stroke="currentColor"
      stroke-opacity="0.45"
      stroke-width="5"
      fill="none"
      stroke-linecap="round"
    />
    <g fill=${blood} fill-opacity="0.3" stroke=${blood} stroke-opacity="0.8" stroke-width="1.5">
      <path d=${LUNG} transform="translate(134 138) scale(${lungRight})" />
      <path d=${LUNG} transform="translate(186 138) scale(${-lungLeft} ${lungLeft})" />
    </g>
    <g transform="translate(168 214) rotate(-42)">
      <ellipse cx="-13" cy="18" rx=${17 * right} ry=${26 * right} fill=${css(VENOUS)} />
      <ellipse cx="9" cy="20" rx=${22 * left + 6} ry=${33 * left + 6} fill="#8d4640" />
      <ellipse cx="9" cy="20" rx=${19 * left} ry=${30 * left} fill=${blood} />
    </g>
  </svg>`;
}
