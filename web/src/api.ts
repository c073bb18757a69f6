import type {
  AuditEntry,
  Bed,
  BedSummary,
  BenchStart,
  CatalogueItem,
  DrugGiven,
  Entry,
  Fork,
  ForkListed,
  ForkRequest,
  Invitation,
  Known,
  Language,
  Log,
  Me,
  Message,
  Offered,
  Person,
  ProtocolWhole,
  Role,
  Run,
  RunLog,
  RunWhole,
  StudyStart,
  Trends,
  Trouble,
  TwinShown,
  Twins,
  TwinWhole,
} from "./contract";

import { either } from "./text/text";

/** What the server refused, with what to do about it. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly advice: string,
    readonly entry?: Entry,
  ) {
    super(message);
  }
}

interface Failure {
  error?: { code?: string; message?: string; advice?: string; message_ko?: string; advice_ko?: string };
  entry?: Entry;
}

export const signedOut = new EventTarget();

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-Twinbed"] = "1";
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (body !== undefined) init.body = JSON.stringify(body);
  let response: Response;
  try {
    response = await fetch(`/api/${path}`, init);
  } catch {
    throw new Refused(0, "unreachable", "", "");
  }
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
  const said = (await response.json().catch(() => ({}))) as Failure;
  if (response.status === 401 && path !== "sign-in" && !path.startsWith("sign-in/"))
    signedOut.dispatchEvent(new Event("signed-out"));
  throw new Refused(
    response.status,
    said.error?.code ?? String(response.status),
    either(said.error, "message") || response.statusText,
    either(said.error, "advice"),
    said.entry,
  );
}

const get = <T>(path: string) => call<T>("GET", path);
const post = <T>(path: string, body: unknown = {}) => call<T>("POST", path, body);
const run = (id: string) => `studies/${encodeURIComponent(id)}`;
const of = (bed: string) => `beds/${encodeURIComponent(bed)}`;

export const api = {
  me: () => get<Me>("me"),
  prefer: (wanted: { language?: Language; theme?: "dark" | "light" }) => call<Me>("PATCH", "me", wanted),
  changePassword: (password: string, new_password: string) => post<Me>("me/password", { password, new_password }),
  signIn: (name: string, password: string) => post<Me>("sign-in", { name, password }),
  signInLink: (token: string, account?: { name?: string; password: string }) =>
    post<Partial<Me> & { needs?: string[]; name?: string | null }>("sign-in/link", { token, ...account }),
  signOut: () => post<void>("sign-out"),
  people: () => get<Person[]>("people"),
  changePerson: (id: Person["id"], changes: Partial<Person>) => call<Person>("PATCH", `people/${id}`, changes),
  invite: (role: Role, expires_h: number) => post<{ link: string }>("invitations", { role, expires_h }),
  invitations: () => get<Invitation[]>("invitations"),
  withdraw: (id: Invitation["id"]) => call<void>("DELETE", `invitations/${encodeURIComponent(id)}`),
  linkFor: (id: Person["id"]) => post<{ link: string }>(`people/${id}/link`),
  audit: (after: number) => get<AuditEntry[]>(`audit?after=${after}`),
  auditCheck: () =>
    get<{ ok: boolean; entries?: number; broken_at?: number | null; bed?: string | null; broken_link?: number | null }>(
      "audit/check",
    ),
  studies: () => get<Run[]>("studies"),
  offered: () => get<Offered>("studies/offered"),
  protocol: (id: string) => get<ProtocolWhole>(`studies/protocol?id=${encodeURIComponent(id)}`),
  startStudy: (wanted: StudyStart) => post<RunWhole>("studies", wanted),
  startBench: (wanted: BenchStart) => post<RunWhole>("studies/bench", wanted),
  study: (id: string) => get<RunWhole>(run(id)),
  studyLog: (id: string, after: number) => get<RunLog>(`${run(id)}/log?after=${after}`),
  cancelStudy: (id: string) => post<RunWhole>(`${run(id)}/cancel`),
  studyAgain: (id: string) => post<RunWhole>(`${run(id)}/again`),
  removeStudy: (id: string) => call<void>("DELETE", run(id)),
  studyFile: (id: string, file: string) => `/api/${run(id)}/${file}`,
  registry: () => get<Known>("registry"),
  card: (id: string) =>
    get<{ id: string; markdown: string; markdown_ko?: string | null }>(`registry/card?id=${encodeURIComponent(id)}`),
  twins: () => get<Twins>("twins"),
  twin: (id: string) => get<TwinWhole>(`twins/${encodeURIComponent(id)}`),
  twinReport: (id: string) => `/api/twins/${encodeURIComponent(id)}/report.html`,
  ward: () => get<{ troubles: Trouble[] }>("ward"),
  catalogue: () => get<CatalogueItem[]>("catalogue"),
  beds: () => get<BedSummary[]>("beds"),
  openBed: (template: string, title?: string) => post<Bed>("beds", title ? { template, title } : { template }),
  /** Opens a bed with a twin that was fitted. */
  openTwin: (twin: string) => post<Bed>("beds", { twin }),
  bed: (bed: string) => get<Bed>(of(bed)),
  removeBed: (bed: string) => call<void>("DELETE", of(bed)),
  /** Asks for something once, however often it is sent with the same key. */
  request: (
    bed: string,
    wanted: { control: string; value: number | string | undefined; lasts_s: number | undefined; key: string },
  ) => post<{ accepted: boolean; entry: Entry }>(`${of(bed)}/requests`, wanted),
  clock: (bed: string, act: "pause" | "resume" | "step" | "speed", value?: number) =>
    post<unknown>(`${of(bed)}/clock`, value === undefined ? { do: act } : { do: act, value }),
  rewind: (bed: string, t_s: number) => post<unknown>(`${of(bed)}/rewind`, { t_s }),
  deviceTwins: (bed: string) => get<Record<string, TwinShown[]>>(`${of(bed)}/twins`),
  drugs: (bed: string) => get<DrugGiven[]>(`${of(bed)}/drugs`),
  log: (bed: string, after = 0) => get<Log>(`${of(bed)}/log?after=${after}`),
  trends: (bed: string, from: number, to: number, points: number) =>
    get<Trends>(`${of(bed)}/trends?from=${from}&to=${to}&points=${points}`),
  /** What every device showed at a moment. */
  moment: (bed: string, at: number) => get<Extract<Message, { kind: "numbers" }>>(`${of(bed)}/moment?at=${at}`),
  fork: (bed: string, wanted: ForkRequest) => post<{ fork: string }>(`${of(bed)}/forks`, wanted),
  forkResult: (bed: string, fork: string) => get<Fork>(`${of(bed)}/forks/${encodeURIComponent(fork)}`),
  forks: (bed: string) => get<ForkListed[]>(`${of(bed)}/forks`),
  stopFork: (bed: string, fork: string) => call<void>("DELETE", `${of(bed)}/forks/${encodeURIComponent(fork)}`),
  recording: (bed: string) => `/api/${of(bed)}/recording.parquet`,
  replay: (bed: string) => `/api/${of(bed)}/replay.html`,
  async waves(bed: string, from: number, to: number): Promise<ArrayBuffer> {
    const response = await fetch(`/api/${of(bed)}/waves?from=${from}&to=${to}`, { credentials: "same-origin" });
    if (!response.ok) throw new Refused(response.status, String(response.status), response.statusText, "");
    return response.arrayBuffer();
  },
};
