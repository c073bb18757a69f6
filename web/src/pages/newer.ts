/** The script that a page begins with; its name is made from what is in it. */
export function scriptOf(page: string): string | null {
  return /<script[^>]*\ssrc="([^"]+)"/.exec(page)?.[1] ?? null;
}

/** Whether the server has other pages than those that are open, as after it was updated. Nobody knows where it does not
 * say, and where these are not its built pages. */
export async function isNewer(own: string | null | undefined): Promise<boolean> {
  if (!own) return false;
  const page = await fetch("./", { cache: "no-store" })
    .then((answer) => (answer.ok ? answer.text() : ""))
    .catch(() => "");
  const there = scriptOf(page);
  return there !== null && there !== own;
}
