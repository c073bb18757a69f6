import { css } from "lit";

/** What buttons, fields, panels and tables look like everywhere. */
export const shared = css`
  :host {
    box-sizing: border-box;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  [hidden] {
    display: none !important;
  }
  h1,
  h2,
  h3,
  p,
  dl,
  dd,
  ul,
  ol,
  fieldset,
  legend {
    margin: 0;
    padding: 0;
  }
  ul,
  ol {
    list-style: none;
  }
  fieldset {
    border: 0;
    min-width: 0;
  }
  h1 {
    font-size: 22px;
    line-height: 1.25;
    font-weight: 650;
    letter-spacing: -0.01em;
  }
  h2 {
    font-size: 15px;
    line-height: 1.3;
    font-weight: 650;
  }
  h3 {
    font-size: 13px;
    line-height: 1.3;
    font-weight: 600;
    color: var(--soft);
  }
  a {
    color: var(--accent-ink);
    text-underline-offset: 2px;
  }
  small,
  .small {
    font-size: 13px;
    color: var(--soft);
  }
  .num {
    font-variant-numeric: tabular-nums;
  }
  .mono {
    font-family: var(--mono);
    font-size: 13px;
  }
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }

  button,
  .button {
    font: inherit;
    font-weight: 550;
    color: var(--ink);
    background: var(--raised);
    border: 1px solid var(--rule);
    border-radius: var(--r);
    min-height: 44px;
    padding: 0 16px;
    cursor: pointer;
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    text-decoration: none;
    white-space: nowrap;
    touch-action: manipulation;
  }
  button:hover:not(:disabled),
  .button:hover {
    border-color: var(--faint);
  }
  button:active:not(:disabled) {
    transform: translateY(1px);
  }
  button:disabled {
    opacity: 0.45;
    cursor: not-allowed;
  }
  button.primary,
  .button.primary {
    background: var(--accent);
    border-color: var(--accent);
    color: var(--on-accent);
    font-weight: 650;
  }
  button.quiet {
    background: transparent;
    border-color: transparent;
    color: var(--soft);
  }
  button.quiet:hover:not(:disabled) {
    background: var(--raised);
    color: var(--ink);
  }
  button.danger {
    color: var(--bad);
  }
  button.square {
    min-width: 44px;
    padding: 0;
  }
  button.slim {
    min-height: 36px;
    padding: 0 12px;
    font-size: 14px;
  }
  button[aria-pressed="true"] {
    background: var(--accent-soft);
    border-color: var(--accent);
    color: var(--accent-ink);
  }

  label {
    display: grid;
    gap: 6px;
    font-size: 13px;
    font-weight: 550;
    color: var(--soft);
  }
  input,
  select,
  textarea {
    font: inherit;
    font-size: 15px;
    color: var(--ink);
    background: var(--field);
    border: 1px solid var(--rule);
    border-radius: var(--r);
    min-height: 44px;
    padding: 0 12px;
    width: 100%;
    min-width: 0;
  }
  input:hover,
  select:hover {
    border-color: var(--faint);
  }
  input[type="range"] {
    padding: 0;
    accent-color: var(--accent);
  }
  input[type="checkbox"] {
    width: 20px;
    height: 20px;
    min-height: 0;
    accent-color: var(--accent);
  }
  label.check {
    grid-template-columns: auto 1fr;
    align-items: center;
    color: var(--ink);
    font-size: 15px;
    font-weight: 450;
    min-height: 44px;
  }

  .panel {
    background: var(--panel);
    border: 1px solid var(--rule);
    border-radius: 12px;
    padding: 16px;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    align-items: center;
  }
  .grow {
    flex: 1;
  }
  .note {
    border-left: 3px solid var(--warn);
    padding: 10px 14px;
    background: var(--raised);
    border-radius: 4px;
  }
  .note.bad {
    border-left-color: var(--bad);
  }
  .note.still {
    border-left-color: var(--soft);
  }
  .note.good {
    border-left-color: var(--good);
  }

  table {
    border-collapse: collapse;
    width: 100%;
    font-size: 14px;
  }
  th {
    text-align: start;
    font-size: 13px;
    font-weight: 600;
    color: var(--soft);
  }
  th,
  td {
    padding: 9px 12px 9px 0;
    border-bottom: 1px solid var(--rule);
    vertical-align: baseline;
  }
  .scroll {
    overflow-x: auto;
  }

  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  dialog {
    color: var(--ink);
    background: var(--panel);
    border: 1px solid var(--rule);
    border-radius: 14px;
    padding: 0;
    width: min(560px, calc(100vw - 24px));
    max-height: calc(100dvh - 24px);
    box-shadow: var(--shadow);
  }
  dialog::backdrop {
    background: rgb(0 0 0 / 0.6);
  }
  dialog > .inside {
    padding: 20px;
    display: grid;
    gap: 16px;
  }
  dialog header {
    display: flex;
    gap: 12px;
    align-items: start;
    justify-content: space-between;
  }

  .c-ecg {
    --c: var(--wave-ecg);
  }
  .c-arterial {
    --c: var(--wave-arterial);
  }
  .c-pulmonary {
    --c: var(--wave-pulmonary);
  }
  .c-venous {
    --c: var(--wave-venous);
  }
  .c-pleth {
    --c: var(--wave-pleth);
  }
  .c-co2 {
    --c: var(--wave-co2);
  }
  .c-airway {
    --c: var(--wave-airway);
  }
  .c-respiration {
    --c: var(--wave-respiration);
  }
  .c-temperature {
    --c: var(--wave-temperature);
  }
  .c-nibp {
    --c: var(--wave-nibp);
  }
  .c-glucose {
    --c: var(--wave-glucose);
  }
  .c-insulin {
    --c: var(--wave-insulin);
  }
  .c-neutral {
    --c: var(--wave-neutral);
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation: none !important;
      transition: none !important;
    }
  }
`;

/** What a page of its own looks like: one column, as wide as tables are read. */
export const page = css`
  :host {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 14px;
    align-content: start;
    padding: 18px 16px 32px;
    max-width: 1200px;
    width: 100%;
    margin: 0 auto;
  }
  .top {
    justify-content: space-between;
  }
  .back {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    justify-self: start;
    min-height: 36px;
    text-decoration: none;
  }
  @media (max-width: 620px) {
    :host {
      padding: 12px 10px 24px;
    }
  }
`;
