import { beforeEach, expect, test, vi } from "vitest";
import type { Invitation } from "../src/contract";
import { setLanguage } from "../src/text/text";
import { markup } from "./markup";

vi.stubGlobal("location", { protocol: "http:", host: "x", hash: "", href: "http://x/" });
const { TwinLinks } = await import("../src/pages/links");
const { inWords } = await import("../src/pages/audit");
const { TwinPeople } = await import("../src/pages/people");

const link = (id: string, more: Partial<Invitation> = {}): Invitation => ({
  id,
  role: "viewer",
  name: null,
  made_by: "Ada",
  made_at: "2026-11-22T09:00:00Z",
  expires_at: "2026-11-23T09:30:00Z",
  ...more,
});

/** What the server holds; a test changes it. */
let held: Invitation[];
let refuses: boolean;

beforeEach(() => {
  setLanguage("en");
  held = [];
  refuses = false;
  vi.stubGlobal("fetch", async (path: string, { method }: { method: string }) => {
    if (method === "GET") return new Response(JSON.stringify(path.endsWith("people") ? [] : held));
    if (method === "POST") {
      held = [...held, link("new")];
      return new Response('{"link": "/#/sign-in/secret"}', { status: 201 });
    }
    const id = path.split("/").at(-1);
    if (refuses) return new Response('{"error": {"message": "it was used"}}', { status: 404 });
    held = held.filter((l) => l.id !== id);
    return new Response(null, { status: 204 });
  });
});

interface Links {
  render(): unknown;
  ask(link: Invitation, from: null): void;
  withdraw(): void;
  cancel(): void;
  dispatchEvent(event: CustomEvent<string>): boolean;
}

function shown(links: Invitation[]): Links {
  const element = new TwinLinks();
  element.links = links;
  return element as unknown as Links;
}

test("a link that waits is shown with whom it is for, its role, by whom and until when", () => {
  const both = [link("a"), link("b", { role: "clinician", name: "Grace" })];
  const page = markup(shown(both).render());
  for (const part of ["a new account", "viewer", "Grace: a password", "clinician", "Ada", "2026-11-23"])
    expect(page).toContain(part);
  setLanguage("ko");
  const korean = markup(shown(both).render());
  for (const part of ["새 계정", "Grace: 비밀번호 설정", "철회"]) expect(korean).toContain(part);
  expect(markup(shown([]).render())).toContain("아직 쓰지 않은 링크가 없습니다.");
});

test("a link is withdrawn only after one said so again", () => {
  const [links, told] = [shown([link("a"), link("b")]), [] as string[]];
  links.dispatchEvent = (event) => told.push(event.detail) > 0;
  links.ask(link("b"), null);
  expect(markup(links.render())).toContain('role="alertdialog"');
  links.cancel();
  expect(markup(links.render())).not.toContain("alertdialog");
  links.withdraw();
  expect(told).toEqual([]);
  links.ask(link("b"), null);
  links.withdraw();
  expect(told).toEqual(["b"]);
  expect(markup(links.render())).not.toContain("alertdialog");
});

interface People {
  render(): unknown;
  read(): Promise<void>;
  newLink(person: { id: number; role: string }): void;
  withdraw(event: { detail: string }): void;
  links: Invitation[];
}

const opened = async () => {
  const page = new TwinPeople() as unknown as People;
  await page.read();
  return page;
};
const SHOWN = "http://x/#/sign-in/secret";

test("a link that was just made is shown until it waits no more", async () => {
  held = [link("old")];
  const page = await opened();
  page.newLink({ id: 1, role: "engineer" });
  await vi.waitFor(() => expect(page.links).toHaveLength(2));
  expect(markup(page.render())).toContain(SHOWN);
  expect(markup(page.render())).toMatch(/has the role: <b>engineer/);
  page.withdraw({ detail: "old" });
  await vi.waitFor(() => expect(page.links.map((l) => l.id)).toEqual(["new"]));
  expect(markup(page.render())).toContain(SHOWN);
  page.withdraw({ detail: "new" });
  await vi.waitFor(() => expect(page.links).toEqual([]));
  expect(markup(page.render())).not.toContain(SHOWN);
});

test("where a link was used meanwhile it is said so, and the list is read anew", async () => {
  held = [link("a")];
  const page = await opened();
  [held, refuses] = [[], true];
  page.withdraw({ detail: "a" });
  await vi.waitFor(() => expect(markup(page.render())).toContain("it was used"));
  expect(page.links).toEqual([]);
});

test("an invitation is for somebody who watches, unless one says otherwise", async () => {
  const page = markup((await opened()).render());
  expect(page).toMatch(/value=viewer \?selected=true/);
  expect(page.match(/value=clinician \?selected=true/)).toBeNull();
});

test("the audit calls a bed in the language of the page what the catalogue calls it, and as it was named otherwise", () => {
  const titled = [{ title: "Type 1 diabetes, woman of 34", title_ko: "1형 당뇨병, 34세 여성" }];
  const said = (title: string) => inWords({ title }, titled);
  expect(said("Type 1 diabetes, woman of 34")).toBe("title: Type 1 diabetes, woman of 34");
  expect(inWords({ bed: "k3vq8mzn", link: 3, hash: "ab12" })).toBe("bed: k3vq8mzn, link: 3");
  setLanguage("ko");
  expect(said("Type 1 diabetes, woman of 34")).toContain("1형 당뇨병, 34세 여성");
  expect(said("Night shift")).toContain("Night shift");
});
