/** Where one is: the path and the query that follow `#` in the address, so that any view can be sent as a link. */
export interface Route {
  path: string[];
  query: URLSearchParams;
}

export const routeChanged = new EventTarget();

export function parse(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const parts = path
    .split("/")
    .filter(Boolean)
    .map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return part;
      }
    });
  return { path: parts, query: new URLSearchParams(query) };
}

export function address(
  path: readonly string[],
  query: Record<string, string | number | null | undefined> = {},
): string {
  const told = Object.entries(query).filter(([, v]) => v !== null && v !== undefined && v !== "");
  const search = new URLSearchParams(told.map(([k, v]) => [k, String(v)])).toString();
  return `#/${path.map(encodeURIComponent).join("/")}${search ? `?${search}` : ""}`;
}

export function route(): Route {
  return parse(window.location.hash);
}

export function go(path: readonly string[], query: Record<string, string | number | null | undefined> = {}): void {
  window.location.hash = address(path, query);
}

/** Changes the query where one is, without a step in the history. */
export function setQuery(changes: Record<string, string | number | null>): void {
  const { path, query } = route();
  const next: Record<string, string | number | null> = { ...Object.fromEntries(query), ...changes };
  window.history.replaceState(null, "", address(path, next));
  routeChanged.dispatchEvent(new Event("change"));
}

if (typeof window !== "undefined") {
  window.addEventListener("hashchange", () => routeChanged.dispatchEvent(new Event("change")));
}
