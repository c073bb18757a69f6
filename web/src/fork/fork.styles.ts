import { css } from "lit";

/** The page of futures. */
export const styles = css`
  :host {
    display: block;
  }
  .all {
    display: grid;
    grid-template-columns: 340px minmax(0, 1fr);
    gap: 14px;
    align-items: start;
  }
  .ask {
    display: grid;
    gap: 16px;
    position: sticky;
    top: 10px;
  }
  .step {
    display: grid;
    gap: 8px;
  }
  .step > h3 {
    display: flex;
    gap: 8px;
    align-items: baseline;
    color: var(--ink);
    font-size: 14px;
  }
  .step > h3 b {
    font-size: 12px;
    color: var(--on-accent);
    background: var(--accent);
    border-radius: 99px;
    width: 20px;
    height: 20px;
    display: inline-grid;
    place-items: center;
    flex: none;
  }
  .moment {
    display: grid;
    grid-template-columns: 1fr auto;
    gap: 8px;
    align-items: center;
  }
  .moment output {
    font-variant-numeric: tabular-nums;
    font-weight: 650;
  }
  .chips {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
  }
  .chips button {
    min-height: 36px;
    padding: 0 12px;
    font-size: 13.5px;
    border-radius: 99px;
  }
  .changes {
    display: grid;
    gap: 6px;
  }
  .changes li {
    display: flex;
    gap: 8px;
    align-items: center;
    background: color-mix(in srgb, var(--changed) 16%, transparent);
    border-inline-start: 4px solid var(--changed);
    border-radius: 6px;
    padding: 4px 4px 4px 12px;
    font-weight: 600;
    font-size: 14.5px;
    line-height: 1.35;
  }
  .changes button {
    margin-inline-start: auto;
    background: transparent;
    border-color: transparent;
    min-width: 40px;
    min-height: 40px;
    padding: 0;
    flex: none;
  }
  .segments {
    display: grid;
    grid-auto-flow: column;
    grid-auto-columns: 1fr;
    gap: 4px;
  }
  .segments button {
    min-height: 40px;
    padding: 0 4px;
    font-size: 14px;
  }
  .play {
    min-height: 52px;
    font-size: 16px;
  }
  .result {
    display: grid;
    gap: 12px;
    min-width: 0;
  }
  .title {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 14px;
    align-items: baseline;
  }
  .title h2 {
    font-size: 21px;
    letter-spacing: -0.01em;
  }
  .title p {
    color: var(--soft);
  }
  .said {
    font-size: 17px;
    line-height: 1.5;
    border-inline-start: 4px solid var(--changed);
    padding-inline-start: 14px;
    max-width: 60em;
    text-wrap: pretty;
  }
  .still {
    display: grid;
    gap: 10px;
    justify-items: start;
    max-width: 52em;
  }
  .invite {
    color: var(--soft);
    max-width: 52em;
  }
  progress {
    width: 100%;
    height: 8px;
    accent-color: var(--accent);
  }
  twin-actions {
    border-top: 1px solid var(--rule);
    padding-top: 12px;
    max-height: 460px;
  }
  details summary {
    cursor: pointer;
    color: var(--soft);
    font-size: 13px;
    min-height: 32px;
  }
  @media (max-width: 900px) {
    .all {
      grid-template-columns: minmax(0, 1fr);
    }
    .ask {
      position: static;
    }
  }
`;
