import { css } from "lit";

/** How the state and the verdict of a run look, in the list and on its own page. */
export const runs = css`
  progress {
    width: 100%;
    height: 8px;
    accent-color: var(--accent);
  }
  .state {
    font-weight: 600;
    white-space: nowrap;
  }
  .state.failed,
  .state.interrupted,
  .verdict.fail {
    color: var(--bad);
  }
  .state.running {
    color: var(--accent-ink);
  }
  .state.waiting,
  .state.cancelled {
    color: var(--soft);
  }
  .verdict {
    font-weight: 650;
  }
  .verdict.pass {
    color: var(--good);
  }
  .verdict.undecided {
    color: var(--warn);
  }
`;
