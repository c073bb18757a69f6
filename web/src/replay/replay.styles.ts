import { css } from "lit";

export const replayStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    gap: 10px;
    padding-bottom: 16px;
    outline: none;
    background: var(--ground);
    color: var(--ink);
    font: 15px/1.5 var(--font);
  }
  :host(:lang(ko)) {
    word-break: keep-all;
    overflow-wrap: break-word;
  }
  .ribbon {
    background: #f2c14e;
    color: #1b1400;
    text-align: center;
    font-size: 12.5px;
    line-height: 16px;
    font-weight: 650;
    padding: 4px 12px;
  }
  header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px 16px;
  }
  h1 {
    font-size: 17px;
    line-height: 21px;
  }
  header,
  twin-monitor,
  twin-glucose,
  twin-vitals,
  twin-devices,
  twin-body,
  twin-history,
  .transport,
  footer {
    margin-inline: 12px;
  }
  .segments {
    display: flex;
    flex-wrap: wrap;
    gap: 4px;
  }
  twin-monitor {
    min-height: 420px;
  }
  .transport {
    position: sticky;
    bottom: 0;
    z-index: 4;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
    padding: 8px 12px;
    box-shadow: var(--shadow);
  }
  .transport button {
    font-variant-numeric: tabular-nums;
  }
  .transport .leap {
    padding: 0 10px;
  }
  .transport select {
    width: auto;
    padding: 0 6px;
  }
  .seek {
    flex: 1 1 160px;
    width: auto;
  }
  .t {
    min-width: 104px;
    text-align: end;
    color: var(--soft);
  }
  .t b {
    color: var(--ink);
  }
  .branches {
    width: 100%;
  }
  code {
    font-family: var(--mono);
    font-size: 12px;
    overflow-wrap: anywhere;
  }
  footer {
    display: grid;
    gap: 4px;
  }
  pre {
    max-height: 300px;
    overflow: auto;
    white-space: pre-wrap;
    font-size: 12px;
  }
  summary {
    cursor: pointer;
  }
  @media (max-width: 620px) {
    header,
    footer {
      margin-inline: 8px;
    }
    twin-monitor,
    twin-vitals,
    twin-history,
    .transport {
      margin-inline: 0;
    }
    .seek {
      order: 1;
      flex-basis: 100%;
    }
    .t {
      flex: 1;
      min-width: 0;
    }
    .branches {
      order: 2;
    }
  }
`;
