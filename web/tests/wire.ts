/** A socket whose other side is the test. */
export class Wire {
  static readonly OPEN = 1;
  static all: Wire[] = [];
  readyState = 0;
  said: string[] = [];
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;

  constructor() {
    Wire.all.push(this);
  }

  static get last(): Wire {
    return Wire.all[Wire.all.length - 1]!;
  }

  send(text: string): void {
    this.said.push(text);
  }

  /** It opens, and the server says first which beds it has. */
  opens(beds: readonly string[] | null = ["b", "c"]): void {
    this.readyState = 1;
    this.onopen?.();
    if (beds) this.lists(beds);
  }

  lists(beds: readonly string[]): void {
    this.says({ kind: "beds", beds: beds.map((id, index) => ({ id, index, state: "running" })) });
  }

  close(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }

  /** The server says something. */
  says(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}
