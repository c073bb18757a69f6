import { describe, expect, test } from "vitest";
import { blocks } from "../src/text/markdown";

describe("the Markdown of cards", () => {
  test("is read as headings, texts, lists and tables", () => {
    const card =
      "# Pid\n\n`a/b`: one,\ntwo.\n\n- x\n  and y\n- z\n\n| a | b |\n|---|---|\n| `1` | c \\| d |\n| 2 |  |\n";
    expect(blocks(card)).toEqual([
      { kind: "heading", level: 1, text: "Pid" },
      { kind: "text", text: "`a/b`: one, two." },
      { kind: "list", items: ["x and y", "z"] },
      {
        kind: "table",
        head: ["a", "b"],
        rows: [
          ["`1`", "c | d"],
          ["2", ""],
        ],
      },
    ]);
  });
  test("holds no markup of its own", () => {
    expect(blocks("<script>x</script>")).toEqual([{ kind: "text", text: "<script>x</script>" }]);
  });
});
