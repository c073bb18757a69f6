import { css } from "lit";

/** The screen is dark in both themes, as a monitor is. */
export const monitorStyles = css`
  :host {
    display: flex;
  }
  .monitor {
    flex: 1;
    min-width: 0;
    display: flex;
    flex-direction: column;
    gap: 6px;
    padding: 8px;
    border-radius: 12px;
    background: var(--screen);
    color: var(--screen-ink);
    border: 1px solid var(--screen-rule);
    position: relative;
  }
  .lanes {
    flex: 1 0 auto;
    display: flex;
    flex-direction: column;
    gap: 3px;
  }
  .lane {
    flex: 1 0 78px;
    display: grid;
    grid-template-columns: minmax(0, 1fr) clamp(176px, 31%, 380px);
    gap: 6px;
    color: var(--c);
    border-top: 1px solid var(--screen-rule);
    padding-top: 3px;
  }
  .lane:first-child {
    border-top: 0;
  }
  .strip {
    position: relative;
    min-width: 0;
    overflow: hidden;
  }
  /* Names stand above the trace and the ends of its scale beside it: it runs through neither. */
  .strip canvas {
    position: absolute;
    inset: 14px 24px 0 0;
    width: calc(100% - 24px);
    height: calc(100% - 14px);
    display: block;
  }
  .strip.slow svg {
    position: absolute;
    inset: 18px 0 6px;
    width: 100%;
    height: calc(100% - 24px);
  }
  .label {
    position: absolute;
    top: 0;
    inset-inline-start: 4px;
    font-size: 12px;
    line-height: 16px;
    display: flex;
    gap: 8px;
    align-items: center;
    pointer-events: none;
    text-shadow:
      0 0 3px #000,
      0 0 3px #000;
  }
  .label span {
    color: var(--screen-soft);
    font-size: 11px;
  }
  .label .heart {
    opacity: 0.15;
    color: var(--c);
    display: inline-flex;
  }
  .heart svg {
    width: 13px;
    height: 13px;
  }
  .cal {
    position: absolute;
    inset-inline-start: 4px;
    top: 50%;
    transform: translateY(-50%);
    opacity: 0.55;
    pointer-events: none;
  }
  .mark {
    position: absolute;
    inset-inline-end: 2px;
    font-size: 11px;
    line-height: 12px;
    color: var(--screen-soft);
    font-variant-numeric: tabular-nums;
    pointer-events: none;
    text-shadow:
      0 0 3px #000,
      0 0 3px #000;
  }
  .mark.high {
    top: 12px;
  }
  .mark.low {
    bottom: 2px;
  }
  .numbers {
    display: flex;
    min-width: 0;
    gap: 4px;
  }
  .numbers twin-number {
    flex: 1 1 0;
  }
  .numbers.n2 twin-number:first-child {
    flex: 1.7;
  }
  .numbers.n3 twin-number:first-child {
    flex: 1.8;
  }
  .tiles {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(130px, 1fr));
    gap: 6px;
    border-top: 1px solid var(--screen-rule);
    padding-top: 4px;
    flex: 0 0 auto;
  }
  .tiles twin-number {
    height: clamp(62px, 9.5vh, 96px);
  }
  .tiles.many {
    grid-template-columns: repeat(auto-fit, minmax(104px, 1fr));
  }
  .tiles.many twin-number {
    height: 62px;
  }
  .keys {
    display: flex;
    gap: 6px;
    flex-wrap: wrap;
  }
  .keys button {
    background: var(--screen-raised);
    border-color: var(--screen-rule);
    color: var(--screen-ink);
    font-size: 14px;
    flex: 1 1 auto;
    padding: 0 10px;
  }
  .keys button:hover:not(:disabled) {
    border-color: var(--screen-soft);
  }
  .keys button[aria-pressed="true"] {
    background: #123244;
    border-color: var(--wave-pleth);
  }
  twin-limits,
  twin-display {
    display: contents;
  }
  /* Of before the connection broke off, as the numbers are. */
  .stale .strip {
    filter: grayscale(1);
    opacity: 0.5;
  }
  .still .strip {
    outline: 1px dashed var(--screen-soft);
    outline-offset: -1px;
  }
  .notice {
    display: flex;
    gap: 12px;
    align-items: center;
    justify-content: space-between;
    padding: 4px 6px 4px 14px;
    border-radius: 6px;
    background: #123244;
    color: #d8f1ff;
    font-weight: 600;
    font-size: 14px;
  }
  .notice button {
    background: transparent;
    color: inherit;
    border-color: currentColor;
  }
  @media (max-height: 830px) and (min-width: 621px) {
    .lane {
      flex-basis: 64px;
    }
    .tiles twin-number {
      height: 60px;
    }
    .keys button {
      min-height: 40px;
    }
  }
  @media (max-width: 620px) {
    .monitor {
      border-radius: 0;
      border-inline: 0;
      padding: 6px;
    }
    .lane {
      grid-template-columns: minmax(0, 1fr) 132px;
      flex-basis: 80px;
    }
    .numbers {
      display: grid;
      grid-template-rows: 1.5fr 1fr;
      gap: 1px;
    }
    .numbers.n1 {
      grid-template-rows: 1fr;
    }
    .numbers.n3 {
      grid-template: 1.4fr 1fr / 1fr 1fr;
    }
    .numbers.n3 twin-number:first-child {
      grid-column: 1 / -1;
    }
    .label span:not(.heart) {
      display: none;
    }
    .tiles {
      grid-template-columns: repeat(auto-fit, minmax(104px, 1fr));
    }
    .tiles twin-number {
      height: 62px;
    }
    .keys button {
      padding: 0 8px;
      font-size: 13px;
    }
  }
`;
