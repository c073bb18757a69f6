import { css } from "lit";

/** Forms in dialogs: fields in columns, choices one below the other. */
export const form = css`
  :host {
    display: block;
  }
  form {
    display: grid;
    gap: 14px;
  }
  .fields {
    display: grid;
    gap: 12px;
    grid-template-columns: repeat(auto-fit, minmax(min(150px, 100%), 1fr));
    align-items: end;
  }
  .choices {
    display: grid;
    gap: 6px;
    max-height: 44dvh;
    overflow: auto;
    padding: 2px;
  }
  .choice {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    gap: 2px 12px;
    padding: 10px 12px;
    border: 1px solid var(--rule);
    border-radius: var(--r);
    cursor: pointer;
    color: var(--ink);
    font-size: 15px;
  }
  .choice:has(input:checked) {
    border-color: var(--accent);
    background: var(--accent-soft);
  }
  .choice:has(input:disabled) {
    cursor: not-allowed;
    opacity: 0.6;
  }
  .choice input {
    width: 18px;
    height: 18px;
    min-height: 0;
    margin: 2px 0 0;
    accent-color: var(--accent);
  }
  .choice small {
    grid-column: 2;
    font-weight: 400;
  }
  summary {
    cursor: pointer;
    min-height: 36px;
    display: list-item;
    line-height: 36px;
    color: var(--soft);
  }
  @media (max-width: 620px) {
    .choices {
      max-height: none;
    }
  }
  .end {
    display: flex;
    justify-content: flex-end;
  }
`;
