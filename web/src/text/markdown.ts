import { html, type TemplateResult } from "lit";

/** The part of Markdown that cards of models and devices are written in: headings, paragraphs, lists, tables, `code`. */
export type Block =
  | { kind: "heading"; level: number; text: string }
  | { kind: "text"; text: string }
  | { kind: "list"; items: string[] }
  | { kind: "table"; head: string[]; rows: string[][] };

export function blocks(markdown: string): Block[] {
  return markdown
    .split(/\n\s*\n/)
    .map((part) => part.trimEnd())
    .filter((part) => part.trim())
    .map(block);
}

function block(part: string): Block {
  const lines = part.split("\n");
  const heading = /^(#{1,4}) (.+)$/.exec(lines[0]!);
  if (heading && lines.length === 1) return { kind: "heading", level: heading[1]!.length, text: heading[2]! };
  if (lines.length > 1 && lines[0]!.startsWith("|") && /^\|[-|\s]+$/.test(lines[1]!))
    return { kind: "table", head: cells(lines[0]!), rows: lines.slice(2).map(cells) };
  if (/^[-*] /.test(lines[0]!)) {
    const items: string[] = [];
    for (const line of lines) {
      if (/^[-*] /.test(line)) items.push(line.slice(2));
      else items[items.length - 1] += ` ${line.trim()}`;
    }
    return { kind: "list", items };
  }
  return { kind: "text", text: lines.join(" ") };
}

function cells(line: string): string[] {
  return line
    .replace(/^\|\s*|\s*\|$/g, "")
    .split(/\s*(?<!\\)\|\s*/)
    .map((cell) => cell.replace(/\\\|/g, "|"));
}

/** `code` and *emphasis* within a line. */
function inline(text: string): (string | TemplateResult)[] {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((piece) => {
    if (piece.startsWith("`")) return html`<code>${piece.slice(1, -1)}</code>`;
    if (piece.startsWith("**")) return html`<strong>${piece.slice(2, -2)}</strong>`;
    return piece;
  });
}

export function shownMarkdown(markdown: string): TemplateResult[] {
  return blocks(markdown).map((b) => {
    if (b.kind === "heading")
      return b.level === 1 ? html`<h2>${inline(b.text)}</h2>` : html`<h3>${inline(b.text)}</h3>`;
    if (b.kind === "list")
      return html`<ul>
        ${b.items.map((i) => html`<li>${inline(i)}</li>`)}
      </ul>`;
    if (b.kind === "text") return html`<p>${inline(b.text)}</p>`;
    return html`<div class="scroll" tabindex="0">
      <table>
        <thead>
          <tr>
            ${b.head.map((h) => html`<th scope="col">${inline(h)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${b.rows.map(
            (row) =>
              html`<tr>
                ${row.map((c) => html`<td>${inline(c)}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  });
}
