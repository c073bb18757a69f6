import { css } from "lit";

/** How the page of a bed is laid out. */
export const bedStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    gap: 10px;
    padding: 10px 12px 12px;
  }
  .top {
    display: flex;
    align-items: center;
    gap: 8px 16px;
    flex-wrap: wrap;
  }
  .top h1 {
    font-size: 17px;
    line-height: 21px;
  }
  .top .who {
    color: var(--soft);
    font-size: 13px;
    line-height: 17px;
  }
  .clock {
    display: flex;
    align-items: center;
    gap: 6px;
    margin-inline-start: auto;
  }
  .clock .t {
    font-size: 20px;
    font-weight: 650;
    font-variant-numeric: tabular-nums;
    padding-inline: 8px;
    min-width: 84px;
    text-align: end;
  }
  .clock .t.paused {
    color: var(--warn);
  }
  .clock select {
    width: auto;
  }
  .clock button {
    min-width: 44px;
    padding: 0 10px;
  }
  nav {
    display: flex;
    gap: 2px;
    background: var(--panel);
    border: 1px solid var(--rule);
    border-radius: 10px;
    padding: 3px;
    overflow-x: auto;
    scrollbar-width: none;
  }
  nav a {
    display: inline-flex;
    align-items: center;
    gap: 7px;
    min-height: 38px;
    padding: 0 14px;
    border-radius: 7px;
    color: var(--soft);
    text-decoration: none;
    font-weight: 600;
    font-size: 14.5px;
    white-space: nowrap;
  }
  nav a:hover {
    color: var(--ink);
  }
  nav a[aria-current] {
    background: var(--accent-soft);
    color: var(--accent-ink);
  }
  .cockpit {
    flex: 1 0 auto;
    display: grid;
    grid-template-columns: minmax(0, 1fr) 350px;
    gap: 10px;
    min-height: 560px;
  }
  .side {
    display: flex;
    flex-direction: column;
    min-height: 0;
    padding: 12px;
    position: relative;
  }
  .side > * {
    position: absolute;
    inset: 12px;
  }
  .stack {
    display: flex;
    flex-direction: column;
    gap: 10px;
  }
  .stack twin-actions {
    flex: 1;
  }
  twin-monitor {
    min-width: 0;
  }
  .starting {
    display: grid;
    gap: 12px;
    place-content: center;
    text-align: center;
    flex: 1;
  }
  progress {
    width: min(420px, 80vw);
    accent-color: var(--accent);
  }
  @media (max-width: 1080px) {
    .cockpit {
      grid-template-columns: minmax(0, 1fr);
      grid-template-rows: minmax(480px, auto) auto;
    }
    .side > * {
      position: static;
    }
  }
  @media (max-width: 620px) {
    :host {
      padding: 6px 0 0;
      gap: 6px;
    }
    .top {
      padding: 0 8px;
    }
    .top .who {
      display: none;
    }
    .top h1 {
      font-size: 15px;
      line-height: 18px;
    }
    .top > .title {
      flex: 1 1 140px;
    }
    .clock {
      gap: 4px;
    }
    .clock .t {
      min-width: 0;
      font-size: 18px;
      padding-inline: 2px;
    }
    .clock .step[disabled] {
      display: none;
    }
    .clock select {
      padding: 0 4px;
    }
    nav {
      order: 3;
      width: 100%;
    }
    .side,
    twin-fork {
      margin: 0 8px;
    }
  }
  .badge {
    border: 1px solid var(--warn);
    color: var(--warn);
    border-radius: 99px;
    min-width: 20px;
    padding: 0 6px;
    font-size: 12px;
    line-height: 20px;
    text-align: center;
    font-variant-numeric: tabular-nums;
  }
  .past {
    flex-wrap: wrap;
  }
  .past .slim {
    min-height: 36px;
    padding: 0 12px;
  }
  .past .grow {
    flex: 1 1 200px;
  }
  .past .alarm {
    border: 2px solid currentColor;
    border-radius: 6px;
    padding: 2px 10px;
    font-weight: 650;
    color: var(--bad);
  }
  .then {
    display: grid;
    gap: 12px;
    align-content: start;
  }
  .unknown {
    display: flex;
    gap: 8px;
    justify-content: center;
    padding: 6px 14px;
    border-radius: 6px;
    background: var(--low);
    color: var(--on-low);
    font-size: 14px;
    font-weight: 600;
  }
`;
