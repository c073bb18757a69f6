import type { Alarm, Bed, Branch, Entry, Scripted } from "../contract";

/** Pages of one branch, from the first to before the last. */
export interface Segment {
  branch: number;
  first: number;
  last: number;
}

type Column = (number | null)[];

/** What `twinbed.server.film` writes before the samples. Columns follow the segments, page after page. */
export interface Head {
  twinbed_film: number;
  made: { version: string; lived: string; seed: number; log: string };
  bed: Bed;
  page_s: number;
  period_s: number;
  /** Of a page. */
  samples: number;
  branch: number;
  branches: Branch[];
  segments: Segment[];
  entries: Entry[];
  /** What happens at the bed by itself. */
  script: Scripted[];
  numbers: Record<string, Column>;
  sound: (0 | 1 | 2 | 3)[];
  /** For how long the sound was paused still. */
  pause_left_s: number[];
  alarms: Alarm[];
  /** Places in `alarms` of those that stood, of every page. */
  standing: number[][];
  devices: Record<string, Record<string, Column>>;
  body: Record<string, Column>;
}

/** A session as it was lived: what was shown of every page, and the samples of every wave in one row. */
export interface Film {
  head: Head;
  waves: Int16Array[];
}

const FORMAT = 1;

async function inflated(data: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  const plain = new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(plain).arrayBuffer();
}

/** Adds up the differences of a wave, whose low and high bytes stand apart. */
function summed(bytes: Uint8Array, from: number, n: number, half: number): Int16Array {
  const samples = new Int16Array(n);
  let value = 0;
  for (let i = 0; i < n; i++) {
    value = (value + bytes[from + i]! + 256 * bytes[half + from + i]!) & 0xffff;
    samples[i] = value;
  }
  return samples;
}

/** Reads a film. Throws where it is none. */
export async function readFilm(data: Uint8Array<ArrayBuffer>): Promise<Film> {
  const plain = await inflated(data);
  const length = new DataView(plain).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(plain, 4, length))) as Head;
  if (head.twinbed_film !== FORMAT) throw new Error(`a film of form ${head.twinbed_film}`);
  const bytes = new Uint8Array(plain, 4 + length);
  const pages = head.segments.reduce((n, s) => n + s.last - s.first, 0);
  const n = head.samples * pages;
  const half = n * head.bed.view.waves.length;
  if (bytes.length !== 2 * half) throw new Error("samples are missing");
  return { head, waves: head.bed.view.waves.map((_, k) => summed(bytes, k * n, n, half)) };
}

/** Bytes that were written in Base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text);
  const bytes = new Uint8Array(plain.length);
  for (let i = 0; i < plain.length; i++) bytes[i] = plain.charCodeAt(i);
  return bytes;
}
